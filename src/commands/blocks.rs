//! Blocks of bytes on their way to a descriptor, written on a thread of their own: while one waits for its reader, the
//! next is made.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// So many blocks wait behind the one that is being written.
const WAITING: usize = 2;

/// The way to a descriptor.
pub(super) struct Blocks {
    to: Option<SyncSender<Vec<u8>>>,
    /// Blocks that are written come back, to be filled again.
    empty: Receiver<Vec<u8>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Blocks {
    /// Begins a thread that writes to a descriptor.
    ///
    /// # Errors
    /// There is no thread left.
    pub(super) fn to(file: File) -> io::Result<Self> {
        let (to, blocks) = sync_channel(WAITING);
        let (back, empty) = channel();
        let thread = std::thread::Builder::new().name("output".into()).spawn(move || write(file, &blocks, &back))?;
        Ok(Self { to: Some(to), empty, thread: Some(thread) })
    }

    /// Has what is in a block written, and gives an empty one.
    ///
    /// # Errors
    /// Nothing more can be written, of this block or of one before it.
    pub(super) fn write(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let next = self.empty.try_recv().unwrap_or_default();
        let full = std::mem::replace(block, next);
        match self.to.as_ref().map(|to| to.send(full)) {
            Some(Ok(())) => Ok(()),
            _ => self.end(),
        }
    }

    /// Waits until all is written.
    ///
    /// # Errors
    /// It cannot be.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.to = None;
        let gone = || io::Error::other("the thread that wrote it has ended");
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap_or_else(|_| Err(gone())))
    }
}

fn write(mut to: File, blocks: &Receiver<Vec<u8>>, back: &Sender<Vec<u8>>) -> io::Result<()> {
    for mut block in blocks {
        to.write_all(&block)?;
        block.clear();
        let _ = back.send(block); // nobody fills it again: it is the end
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn all_blocks_come_in_their_order_however_slow_the_reader() {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut blocks = Blocks::to(File::from(std::os::fd::OwnedFd::from(writer))).unwrap();
        let read = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(50));
            let mut all = String::new();
            let mut reader = reader;
            reader.read_to_string(&mut all).unwrap();
            all
        });
        let mut block = vec![];
        let mut wanted = String::new();
        for n in 0..2000 {
            let text = format!("{n} {}\n", "x".repeat(100));
            wanted += &text;
            block.extend_from_slice(text.as_bytes());
            blocks.write(&mut block).unwrap();
            assert!(block.is_empty());
        }
        blocks.end().unwrap();
        drop(blocks);
        assert_eq!(read.join().unwrap(), wanted);
    }

    #[test]
    fn what_cannot_be_written_is_told_in_the_end_at_the_latest() {
        let mut blocks = Blocks::to(File::options().write(true).open("/dev/full").unwrap()).unwrap();
        let mut block = b"x".to_vec();
        let said = blocks.write(&mut block).and_then(|()| blocks.end());
        assert_eq!(said.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
