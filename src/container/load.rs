//! An hour of what the jobs and the whole container take, and the most that each has taken, also after its end.

use super::work::{Look, Taken};
use std::collections::{BTreeMap, VecDeque};

/// Points are no nearer to each other, in seconds.
const APART: f64 = 4.5;
/// So many are kept of each: an hour.
const POINTS: usize = 720;
/// So many are kept at most: 8 bytes a point, so less than 400 kB together.
const SERIES: usize = 64;
/// The whole container, where jobs have their numbers.
const WHOLE: u64 = 0;

/// What is taken at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// Hundredths of a processor.
    pub cpu: u32,
    /// Memory, in thousands of bytes.
    pub memory: u32,
}

/// One job, or the whole.
#[derive(Clone, Debug, Default)]
struct Series {
    points: VecDeque<Point>,
    most: Point,
    last: Option<(f64, Taken)>,
}

impl Series {
    fn see(&mut self, at: f64, taken: Taken) {
        let memory = u32::try_from(taken.memory / 1000).unwrap_or(u32::MAX);
        self.most.memory = self.most.memory.max(memory);
        let Some((before, was)) = self.last else {
            self.last = Some((at, taken));
            return;
        };
        if at - before < APART {
            return;
        }
        let cpu = (taken.cpu.saturating_sub(was.cpu) as f64 / (at - before) / 10_000.0).round() as u32;
        self.last = Some((at, taken));
        self.most.cpu = self.most.cpu.max(cpu);
        if self.points.len() == POINTS {
            self.points.pop_front();
        }
        self.points.push_back(Point { cpu, memory });
    }
}

/// The history.
#[derive(Clone, Debug, Default)]
pub struct Load {
    series: BTreeMap<u64, Series>,
    /// Jobs that run.
    running: Vec<u64>,
    /// The job that ended last.
    ended: Option<u64>,
    /// Whether the kernel counts the container's memory; `None` before the first look.
    pub counted: Option<bool>,
    /// Whether gitlab-runner itself lists the jobs, as far as is known.
    pub listed: Option<bool>,
}

impl Load {
    /// Takes what was seen.
    pub fn see(&mut self, look: &Look) {
        (self.counted, self.listed) = (Some(look.counted), Some(look.listed));
        self.series.entry(WHOLE).or_default().see(look.at, look.whole);
        for (job, taken) in &look.each {
            self.series.entry(*job).or_default().see(look.at, *taken);
        }
        let now: Vec<u64> = look.jobs.iter().map(|job| job.id).collect();
        self.ended = self.running.iter().copied().rfind(|job| !now.contains(job)).or(self.ended);
        self.running = now;
        while self.series.len() > SERIES {
            let oldest = self.series.keys().copied().find(|job| *job != WHOLE && !self.running.contains(job));
            let Some(oldest) = oldest.or_else(|| self.series.keys().copied().find(|job| *job != WHOLE)) else { break };
            self.series.remove(&oldest);
        }
    }

    /// Returns what the whole container takes, as far as it is known.
    pub fn whole(&self) -> Option<(Point, String)> {
        self.of(WHOLE, 16)
    }

    /// Returns what a job takes, and its last so many points as a line of blocks.
    pub fn job(&self, id: u64) -> Option<(Point, String)> {
        self.of(id, 8)
    }

    /// Returns the job that ended last, and the most that it took; and whether its processor was measured, which takes two
    /// looks.
    pub fn ended(&self) -> Option<(u64, Point, bool)> {
        let id = self.ended?;
        let series = self.series.get(&id)?;
        Some((id, series.most, !series.points.is_empty()))
    }

    fn of(&self, id: u64, blocks: usize) -> Option<(Point, String)> {
        let series = self.series.get(&id)?;
        let last = series.points.back()?;
        Some((*last, spark(&series.points, blocks)))
    }
}

/// A line of so many blocks, the newest last: each the most processor of its share of the time; the highest is the most of all.
fn spark(points: &VecDeque<Point>, blocks: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = points.iter().map(|point| point.cpu).max().unwrap_or(0).max(1);
    let share = points.len().div_ceil(blocks).max(1);
    let points: Vec<u32> = points.iter().map(|point| point.cpu).collect();
    let level = |points: &[u32]| points.iter().max().copied().unwrap_or(0) as usize * 7 / most as usize;
    points.rchunks(share).rev().filter_map(|points| BLOCKS.get(level(points))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::jobs::Job;

    fn look(at: f64, cpu: u64, memory: u64, jobs: &[u64]) -> Look {
        let taken = Taken { cpu, memory };
        Look {
            jobs: jobs.iter().map(|id| Job { id: *id, ..Job::default() }).collect(),
            at,
            whole: taken,
            each: jobs.iter().map(|id| (*id, taken)).collect(),
            counted: true,
            listed: true,
        }
    }

    #[test]
    fn what_a_job_takes_and_the_most_it_took_after_its_end() {
        let mut load = Load::default();
        for (at, seconds, memory) in
            [(0.0, 0, 5_000_000), (1.0, 1, 9_000_000), (5.0, 5, 2_000_000), (10.0, 20, 3_000_000)]
        {
            load.see(&look(at, seconds * 1_000_000, memory, &[7]));
        }
        assert_eq!(load.job(7), Some((Point { cpu: 300, memory: 3_000 }, "▃█".into())));
        assert_eq!(load.ended(), None);
        load.see(&look(15.0, 20_000_000, 0, &[]));
        assert_eq!(load.ended(), Some((7, Point { cpu: 300, memory: 9_000 }, true)));
        load.see(&look(20.0, 0, 4_000_000, &[8]));
        load.see(&look(25.0, 0, 0, &[]));
        assert_eq!(load.ended(), Some((8, Point { cpu: 0, memory: 4_000 }, false)), "one look measures no processor");
    }

    #[test]
    fn an_hour_of_many_jobs_takes_less_than_a_megabyte() {
        let mut load = Load::default();
        for at in 0..2_000_u64 {
            let jobs: Vec<u64> = (at / 10 + 1..at / 10 + 41).collect();
            load.see(&look(at as f64 * 5.0, at * 1_000_000, 1, &jobs));
        }
        let bytes: usize = load.series.values().map(|series| series.points.capacity() * size_of::<Point>()).sum();
        assert!(load.series.len() <= SERIES && bytes < 1_000_000, "{bytes}");
        assert_eq!(load.whole().unwrap().1.chars().count(), 16);
        assert!(load.job(200).is_some());
    }
}
