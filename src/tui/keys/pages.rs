//! The keys of the wizard's pages and of home.

use super::{Act, Binding, ENTER, ESC, bind, ch, code, ctrl};
use crossterm::event::KeyCode;

table! { REVIEW:
    [ENTER] Act::Main, "begin", "begin with the first step that is not done";
    [ch('r')] Act::Look, "look again", "look at the host again";
    [ESC, ch('b')] Act::Back, "back", "back";
    [ch('1')] Act::Number(1), "", "go to step 1";
    [ch('2')] Act::Number(2), "", "go to step 2";
    [ch('3')] Act::Number(3), "", "go to step 3";
    [ch('4')] Act::Number(4), "", "go to step 4";
    [ch('5')] Act::Number(5), "", "go to step 5";
    [ch('6')] Act::Number(6), "1-6 a step", "go to step 6";
}
table! { STEP:
    [ENTER] Act::Main, "go on", "do what is shown, or go on";
    [ch('e')] Act::Edit, "edit first", "change what it is done with: the form, the configuration, how the image is built";
    [ch('n')] Act::Anew, "make anew", "make both volumes anew, or keep them after all";
    [ch(' ')] Act::Toggle, "start at boot", "have the container started when the machine starts, or not; pull the image after all";
    [ch('p')] Act::Print, "print for an admin", "show root's part for an administrator, and wait until it was run";
    [ch('r')] Act::Look, "look again", "look at the host again";
    [ch('b')] Act::Previous, "step before", "the step before";
    [code(KeyCode::Left), code(KeyCode::BackTab)] Act::Previous, "", "visit the step before";
    [code(KeyCode::Right), code(KeyCode::Tab)] Act::Next, "", "visit the step after";
    [ESC] Act::Back, "back", "back to where you came from";
    [ch('s')] Act::Overview, "", "all steps on one page";
    [ch('1')] Act::Number(1), "", "go to step 1";
    [ch('2')] Act::Number(2), "", "go to step 2";
    [ch('3')] Act::Number(3), "", "go to step 3";
    [ch('4')] Act::Number(4), "", "go to step 4";
    [ch('5')] Act::Number(5), "", "go to step 5";
    [ch('6')] Act::Number(6), "", "go to step 6";
}
table! { STEP_ARROWS:
    [code(KeyCode::Up)] Act::Previous, "", "visit the step before";
    [code(KeyCode::Down)] Act::Next, "", "visit the step after";
}
table! { ADMIN:
    [ENTER, ch('r')] Act::Look, "look now", "look at the host now";
    [ESC, ch('b')] Act::Back, "back", "back to the step";
}
table! { FORM:
    [ENTER] Act::Main, "go on", "check all fields and go on";
    [code(KeyCode::Tab), code(KeyCode::Down)] Act::NextField, "next field", "the next field";
    [code(KeyCode::BackTab), code(KeyCode::Up)] Act::PreviousField, "", "the field before";
    [ctrl('n')] Act::Another, "another token", "begin another token (several different ones may also be pasted at once, one a line)";
    [ESC] Act::Back, "back", "back to the step; what was typed stays";
}
table! { JOB:
    [ctrl('c')] Act::Stop, "stop", "stop what runs; what was done stays done";
    [ch('w')] Act::Wait, "wait longer", "give what runs as long as it takes, in place of its time-out";
}
table! { FAILURE:
    [ENTER] Act::Main, "try again", "look again, and try it again";
    [ch('e')] Act::Edit, "edit", "change what it is done with: the form, the configuration, how the image is built";
    [ch('u')] Act::PutBack, "put the old one back", "put the configuration before this one to work again";
    [ch('p')] Act::Print, "print for an admin", "show root's part for an administrator, and wait until it was run";
    [ch('l')] Act::Log, "log", "the container's log";
    [ESC, ch('b')] Act::Back, "back", "back";
}
table! { LADDER:
    [ENTER] Act::Main, "home", "go on to the home screen";
    [ch('r')] Act::Look, "climb again", "climb from the ground again";
    [ch('u')] Act::PutBack, "put the old one back", "put the configuration before this one to work again";
    [ch('l')] Act::Log, "log", "the container's log";
    [ch('e')] Act::Edit, "edit", "edit the configuration";
    [ESC, ch('b')] Act::Back, "", "back";
}
table! { STOPPED:
    [ENTER, ch('s')] Act::Start, "start", "start the container";
}
table! { MISSING:
    [ch('s')] Act::Start, "start", "have the container's unit start it";
}
table! { HOME:
    [ENTER] Act::Main, "fix it", "go to what fixes it";
    [ch('e')] Act::Edit, "edit", "edit the configuration";
    [ch('l')] Act::Log, "logs", "the container's log";
    [ch('d')] Act::Doctor, "doctor", "what is wrong on this host and in the log, and what mends it";
    [ch('s')] Act::Restart, "restart", "restart the container; it says first which jobs are waited for";
    [ch('v')] Act::Volumes, "volumes", "the volumes";
    [ch('w')] Act::Overview, "steps", "the six steps";
    [ch('r')] Act::Look, "refresh", "look at the host again now";
    [ch('x')] Act::Halt, "stop", "stop the container; it says first which jobs are waited for";
}

table! { DOCTOR:
    [ENTER] Act::Main, "go to the step", "go to what mends it";
    [code(KeyCode::Up), ch('k')] Act::Previous, "", "the finding before";
    [code(KeyCode::Down), ch('j')] Act::Next, "the next", "the next finding";
    [ch('r')] Act::Look, "look again", "look at the host and the log again";
    [ch('l')] Act::Log, "log", "the container's log";
    [ESC, ch('b')] Act::Back, "back", "back";
}

/// All of them, for the tests.
#[cfg(test)]
pub const ALL: [&[Binding]; 12] =
    [REVIEW, STEP, STEP_ARROWS, ADMIN, FORM, JOB, FAILURE, LADDER, STOPPED, MISSING, HOME, DOCTOR];
