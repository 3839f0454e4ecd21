//! Writing a log to a file: what is kept, or all that there is.

use super::line::Item;
use super::{Sink, feed::Options, stream};
use crate::host::Host;
use crate::problem::{Problem, Result};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// How often progress is told, in lines.
const EVERY: u64 = 4096;

/// Told how many lines are written; answers whether to go on.
pub type Progress<'a> = &'a mut dyn FnMut(u64) -> bool;

/// A log being written: a line each, RFC 3339 and a blank before it, as `podman logs --timestamps` has them, so that
/// `pipglr logs --from FILE` and `pipglr doctor --log FILE` read it. Secrets stay out unless `reveal` is set.
struct Writer<'a> {
    to: BufWriter<Box<dyn Write>>,
    reveal: bool,
    lines: u64,
    progress: Progress<'a>,
    failed: Option<io::Error>,
    stopped: bool,
}

impl Writer<'_> {
    fn write(&mut self, item: &Item) -> io::Result<()> {
        if let Some(time) = item.time() {
            write!(self.to, "{time:.9} ")?;
        }
        match item {
            Item::Line(line) => writeln!(self.to, "{}{}", line.prefix(), line.shown(self.reveal)),
            Item::Ruler(ruler) => writeln!(self.to, "--- {} ---", ruler.text),
        }
    }
}

impl Sink for Writer<'_> {
    fn item(&mut self, item: Item) {
        if self.failed.is_some() || self.stopped {
            return;
        }
        self.failed = self.write(&item).err();
        self.lines += 1;
        if self.lines.is_multiple_of(EVERY) {
            self.stopped = !(self.progress)(self.lines);
        }
    }

    fn stopped(&self) -> bool {
        self.failed.is_some() || self.stopped
    }
}

/// Writes these items to a new file of mode 0600. Gives how many lines were written; fewer than there are where
/// `progress` said no.
///
/// # Errors
/// The file exists already, or cannot be written.
pub fn items<'a>(
    host: &dyn Host,
    items: impl Iterator<Item = &'a Item>,
    path: &Path,
    reveal: bool,
    progress: Progress,
) -> Result<u64> {
    to_file(host, path, reveal, progress, |writer| {
        for item in items {
            if writer.stopped() {
                break;
            }
            writer.item(item.clone());
        }
        Ok(())
    })
}

/// Writes all that the container's store has to a new file of mode 0600, as [`items`] does.
///
/// # Errors
/// As [`items`] and [`stream::run`].
pub fn all(host: &dyn Host, name: &str, path: &Path, reveal: bool, progress: Progress) -> Result<u64> {
    to_file(host, path, reveal, progress, |writer| stream::run(host, name, &Options::default(), writer))
}

fn to_file(
    host: &dyn Host,
    path: &Path,
    reveal: bool,
    progress: Progress,
    fill: impl FnOnce(&mut Writer) -> Result<()>,
) -> Result<u64> {
    let problem = |e: io::Error| {
        let name = crate::text::sanitize::sanitize(&path.display().to_string());
        Problem::new(format!("{name} cannot be written: {e}."), "Name a new file in a folder that you may write to.")
    };
    let file = host.create(path).map_err(problem)?;
    let mut writer = Writer {
        to: BufWriter::with_capacity(1 << 16, file),
        reveal,
        lines: 0,
        progress,
        failed: None,
        stopped: false,
    };
    fill(&mut writer)?;
    match writer.failed.take() {
        Some(e) => return Err(problem(e)),
        None => writer.to.flush().map_err(problem)?,
    }
    (writer.progress)(writer.lines);
    Ok(writer.lines)
}

#[cfg(test)]
mod tests {
    use super::super::line::{Ruler, parse};
    use super::*;
    use crate::fake_host::base::{Pretend, pretend_host};
    use crate::host::state_folder::create_new;
    use std::os::unix::fs::PermissionsExt;

    /// Makes its files where the real one does.
    struct OnDisk;

    impl Pretend for OnDisk {
        fn create(&self, path: &Path) -> io::Result<Box<dyn Write>> {
            Ok(Box::new(create_new(path)?))
        }
    }
    pretend_host!(OnDisk);

    #[test]
    fn what_is_saved_is_private_and_can_be_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut line = parse("[ 1.5] gitlab-runner[4]: \u{1b}[0;33mWARNING: x token: s3cr3t");
        line.time = "2026-11-24T10:00:00.25Z".parse().ok();
        let ruler = Ruler { time: line.time, text: "container ended".into() };
        let kept = [Item::Line(line), Item::Ruler(ruler)];
        let mut told = 0;
        assert_eq!(items(&OnDisk, kept.iter(), &path, false, &mut |n| told_is(&mut told, n)).unwrap(), 2);
        assert_eq!(told, 2);
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "2026-11-24T10:00:00.250000000Z [ 1.5] gitlab-runner[4]: WARNING: x token: [MASKED]\n\
             2026-11-24T10:00:00.250000000Z --- container ended ---\n"
        );
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let mut again: Vec<Item> = vec![];
        super::super::file::read(&path, &Options::default(), &mut again).unwrap();
        let (Item::Line(first), Item::Line(was)) = (&again[0], &kept[0]) else { panic!() };
        assert_eq!((first.whole(), first.level, first.time), (was.whole(), was.level, was.time));
        assert!(items(&OnDisk, kept.iter(), &path, false, &mut |_| true).is_err(), "nothing is overwritten");
        let revealed = folder.path().join("revealed");
        items(&OnDisk, kept.iter(), &revealed, true, &mut |_| true).unwrap();
        assert!(std::fs::read_to_string(&revealed).unwrap().contains("token: s3cr3t"));
    }

    fn told_is(told: &mut u64, n: u64) -> bool {
        *told = n;
        true
    }
}
