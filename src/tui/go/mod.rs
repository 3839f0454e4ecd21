//! Where screens lead to: what one screen needs to open another, so that none knows another one's own.

mod back;
mod change;
mod cure;
mod doctor;
mod editor;
mod history;
mod home;
mod leave;
mod log;
mod look;
mod operation;
mod step;
mod update;
mod volumes;
mod way;

pub(super) use back::go_back;
pub(super) use change::{close_change, propose, propose_again, put_back};
pub(super) use cure::{Cure, doctor_cure, home_cure, lead};
pub(super) use doctor::{examine, open_doctor};
pub(super) use editor::{close_editor, forget_restored, open_editor};
pub(super) use history::{open_history, put_back_to, read_versions};
pub(super) use home::{climb_and_try_job, climb_ladder, gather, to_home};
pub(super) use leave::{leave, stop_operation};
pub(super) use log::{open_given_log, open_jobs, open_log, open_trace, resize_log};
pub(super) use look::look_at;
pub(super) use operation::{apply_step, operate, plan_operation, plan_without_waiting};
pub(super) use step::{can_edit, edit_step, edit_word, open_admin};
pub(super) use update::{fetch_image, open_update};
pub(super) use volumes::{measure, open_volumes};
pub(super) use way::{come_from, open_overlay, open_screen, show, show_step};
