//! What keys mean, whatever they are.

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The main thing.
    Main,
    /// Change something first.
    Edit,
    /// Lines for an administrator.
    Print,
    /// Look again.
    Look,
    /// The step before.
    Previous,
    /// The step after.
    Next,
    /// All steps on one page.
    Overview,
    /// The step of this number.
    Number(u8),
    /// Recreate the volumes.
    Recreate,
    /// Switch on, switch off.
    Toggle,
    /// The log.
    Log,
    /// Restart the container.
    Restart,
    /// Start it.
    Start,
    /// Stop it.
    Halt,
    /// Remove all that pipglr made.
    TearDown,
    /// The volumes.
    Volumes,
    /// The commands.
    Commands,
    /// Also the commands that only asked.
    Questions,
    /// The keys.
    Help,
    /// All that can be done, by name.
    Palette,
    /// Take the mouse, or leave it to the terminal.
    Mouse,
    /// Leave.
    Quit,
    /// Back.
    Back,
    /// No time-out for what runs.
    Wait,
    /// Ctrl-C.
    Stop,
    /// Ctrl-Z.
    Suspend,
    /// A line up.
    Up,
    /// A line down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the top.
    Top,
    /// To the end.
    Bottom,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// The next field.
    NextField,
    /// The field before.
    PreviousField,
    /// One more token.
    Another,
    /// Have GitLab make the runner.
    Make,
    /// Keep the text.
    Keep,
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// Search.
    Search,
    /// Search and put something else there.
    Replace,
    /// Everywhere.
    ReplaceAll,
    /// Comment lines out, or back in.
    Comment,
    /// Move lines up.
    LinesUp,
    /// Move lines down.
    LinesDown,
    /// A line's end in what is asked for.
    LineEnd,
    /// To a line.
    GoTo,
    /// What may stand at the cursor.
    Complete,
    /// The same, behind a word.
    CompleteWord,
    /// The next finding.
    NextFinding,
    /// The finding before.
    PreviousFinding,
    /// The recipes.
    Recipes,
    /// The user's own editor.
    Lend,
    /// Select all of it.
    SelectAll,
    /// Copy.
    Copy,
    /// Copy what stands by itself for it: an address, the lines for an administrator.
    CopyNext,
    /// Cut.
    Cut,
    /// Put in what was copied.
    Put,
    /// End running jobs, or wait for them after all.
    Now,
    /// Give up what `--privileged` gives, or keep it after all.
    GiveUp,
    /// Apply the version before again.
    PutBack,
    /// The versions of the configuration.
    History,
    /// The next place.
    NextHit,
    /// The place before.
    PreviousHit,
    /// Show secrets, hide them.
    Reveal,
    /// Break long lines.
    Wrap,
    /// Follow, hold still.
    Pause,
    /// A program of the log on or off.
    Source(usize),
    /// Half a page up.
    HalfUp,
    /// Half a page down.
    HalfDown,
    /// Only lines that match.
    Filter,
    /// Only lines that do not.
    Invert,
    /// To a time.
    Time,
    /// How much of the times is shown.
    Times,
    /// From which level on lines are shown.
    Levels,
    /// Each level by itself.
    ChooseLevels,
    /// A level on or off.
    Level(usize),
    /// How far back lines are shown.
    Since,
    /// Mark a line.
    Mark,
    /// To the next mark.
    NextMark,
    /// Begin a selection.
    Select,
    /// To a file.
    Save,
    /// The trace of the job that runs, or the jobs where there are several.
    Trace,
    /// The jobs.
    Jobs,
    /// What the doctor knows.
    Doctor,
    /// Have the runner take no new jobs.
    Rest,
    /// Have it take jobs again.
    Resume,
    /// A newer image.
    Update,
    /// Pull it.
    Pull,
    /// Build it.
    Build,
    /// Yes.
    Yes,
    /// Remove what was not used for a day.
    Prune,
    /// Try a small job.
    TryJob,
    /// End the running jobs instead of waiting for them.
    End,
}

impl Act {
    /// Returns where one is after scrolling from `at` by this act, `page` lines a page; `None` where it scrolls nothing.
    pub fn scrolled(self, at: usize, page: usize) -> Option<usize> {
        Some(match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => at.saturating_add(1),
            Self::PageUp => at.saturating_sub(page),
            Self::PageDown => at.saturating_add(page),
            Self::Top => 0,
            Self::Bottom => usize::MAX,
            _ => return None,
        })
    }
}
