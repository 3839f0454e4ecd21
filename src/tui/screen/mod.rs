//! The screens, a folder each: its keys, what they change, and how it is drawn. None knows another; what leads from one to
//! another is in [`go`](super::go).

pub(super) mod admin;
pub(super) mod change;
pub(super) mod commands;
pub(super) mod doctor;
pub(super) mod editor;
mod face;
pub(super) mod failure;
pub(super) mod form;
pub(super) mod help;
pub(super) mod history;
pub(super) mod home;
pub(super) mod ladder;
pub(super) mod log;
pub(super) mod newer;
pub(super) mod operation;
pub(super) mod palette;
pub(super) mod review;
pub(super) mod step;
pub(super) mod volumes;

use super::model::Screen;
pub(super) use face::{Body, Face};

/// Returns the row of a screen.
pub(super) const fn face(screen: Screen) -> &'static Face {
    match screen {
        Screen::Review => &review::FACE,
        Screen::Step => &step::FACE,
        Screen::Admin => &admin::FACE,
        Screen::Form => &form::REGISTRATION,
        Screen::Make => &form::MAKE,
        Screen::Build => &form::BUILD,
        Screen::Editor => &editor::FACE,
        Screen::Change => &change::FACE,
        Screen::History => &history::LIST,
        Screen::Version => &history::ONE,
        Screen::Operation => &operation::FACE,
        Screen::Failure => &failure::FACE,
        Screen::Ladder => &ladder::FACE,
        Screen::Home => &home::FACE,
        Screen::Log => &log::FACE,
        Screen::Doctor => &doctor::FACE,
        Screen::Update => &newer::FACE,
        Screen::Volumes => &volumes::FACE,
    }
}

/// All rows.
#[cfg(test)]
pub(super) fn every_face() -> impl Iterator<Item = &'static Face> {
    use Screen as S;
    [
        S::Review,
        S::Step,
        S::Admin,
        S::Form,
        S::Make,
        S::Build,
        S::Editor,
        S::Change,
        S::History,
        S::Version,
        S::Operation,
        S::Failure,
        S::Ladder,
        S::Home,
        S::Log,
        S::Doctor,
        S::Update,
        S::Volumes,
    ]
    .into_iter()
    .map(face)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::act::Act;
    use crate::tui::keys::binding::{ANYWHERE, Binding, COMMANDS, CONFIRM, Key, OVERLAY, PALETTE, SCROLL, TYPING};
    use crossterm::event::KeyCode;

    const TABLES: &[&[Binding]] = &[
        SCROLL,
        ANYWHERE,
        COMMANDS,
        CONFIRM,
        PALETTE,
        admin::keys::ADMIN,
        change::keys::CHANGE,
        doctor::keys::DOCTOR,
        editor::keys::EDITOR,
        editor::keys::POPUP,
        editor::keys::SEARCH,
        editor::keys::REPLACE,
        editor::keys::LIST,
        editor::keys::FORM,
        editor::keys::PREVIEW,
        failure::keys::FAILURE,
        form::keys::FORM,
        history::keys::HISTORY,
        home::keys::STOPPED,
        home::keys::MISSING,
        home::keys::WRONG,
        home::keys::HOME,
        ladder::keys::LADDER,
        log::keys::LOG,
        log::keys::TRACE,
        log::keys::PROMPT,
        log::keys::JOBS,
        log::keys::LINE,
        log::keys::DOCTOR,
        log::keys::LEVELS,
        operation::keys::OPERATION,
        review::keys::REVIEW,
        step::keys::STEP,
        newer::keys::UPDATE,
        volumes::keys::VOLUMES,
    ];

    /// A key that stands twice in what is searched would do one thing and be said to do another.
    #[test]
    fn no_table_has_a_key_twice() {
        for table in TABLES.iter().copied().chain([step::keys::STEP_ARROWS]) {
            let mut keys: Vec<Key> = table.iter().flat_map(|binding| binding.keys).copied().collect();
            while let Some(key) = keys.pop() {
                assert!(!keys.contains(&key), "{key:?}");
                assert!(!key.name().is_empty());
            }
        }
    }

    /// Acts that are one thing to the hand.
    const ALIKE: &[&[Act]] = &[
        &[Act::Start, Act::Restart],
        // Root's part is printed where there is no runner yet to be paused.
        &[Act::Rest, Act::Resume, Act::Print],
        &[Act::Back, Act::Previous],
        &[Act::Up, Act::Previous],
        &[Act::Down, Act::Next],
        &[Act::Jobs, Act::Back], // what opens the list closes it
        &[Act::Filter, Act::Questions],
        &[Act::CopyNext, Act::Copy],
    ];

    fn alike(one: Act, other: Act) -> bool {
        one == other || ALIKE.iter().any(|acts| acts.contains(&one) && acts.contains(&other))
    }

    /// A letter that stops the container here must not start something there. What is read (the log, the commands) has the
    /// letters of `less`, among themselves; a panel that asks for initials is no screen of commands.
    #[test]
    fn the_same_letter_means_the_same_on_all_screens() {
        let commands: &[&[Binding]] = &[
            admin::keys::ADMIN,
            change::keys::CHANGE,
            doctor::keys::DOCTOR,
            failure::keys::FAILURE,
            history::keys::HISTORY,
            home::keys::STOPPED,
            home::keys::MISSING,
            home::keys::PAUSED,
            home::keys::WRONG,
            home::keys::HOME,
            ladder::keys::LADDER,
            newer::keys::UPDATE,
            operation::keys::OPERATION,
            review::keys::REVIEW,
            step::keys::STEP,
            volumes::keys::VOLUMES,
            SCROLL,
            ANYWHERE,
        ];
        let read: &[&[Binding]] =
            &[log::keys::LOG, log::keys::JOBS, log::keys::LINE, log::keys::DOCTOR, COMMANDS, OVERLAY, SCROLL];
        for family in [commands, read] {
            let letters =
                family.iter().copied().flatten().flat_map(|line| line.keys.iter().map(|key| (*key, line.act)));
            let letters: Vec<_> = letters.filter(|(key, _)| matches!(key.0, KeyCode::Char(_))).collect();
            for (key, act) in &letters {
                let other = letters.iter().find(|(known, other)| known == key && !alike(*act, *other));
                assert!(other.is_none(), "{}: {act:?} here, {other:?} there", key.name());
            }
        }
    }

    /// The hand knows where a thing is. Where letters are text it cannot be a letter: those screens agree among themselves.
    #[test]
    fn the_same_act_has_the_same_key_on_all_screens() {
        let commands: &[&[&[Binding]]] = &[
            &[admin::keys::ADMIN],
            &[change::keys::CHANGE],
            &[doctor::keys::DOCTOR],
            &[failure::keys::FAILURE],
            &[history::keys::HISTORY],
            &[home::keys::STOPPED, home::keys::MISSING, home::keys::HOME],
            &[ladder::keys::LADDER],
            &[log::keys::LOG, log::keys::JOBS, log::keys::LINE, log::keys::DOCTOR],
            &[operation::keys::OPERATION],
            &[review::keys::REVIEW],
            &[step::keys::STEP, step::keys::STEP_ARROWS],
            &[volumes::keys::VOLUMES],
            &[SCROLL],
            &[ANYWHERE],
        ];
        let text: &[&[&[Binding]]] = &[
            &[editor::keys::EDITOR],
            &[editor::keys::POPUP],
            &[editor::keys::SEARCH],
            &[editor::keys::REPLACE],
            &[editor::keys::LIST],
            &[editor::keys::FORM],
            &[editor::keys::PREVIEW],
            &[form::keys::FORM],
            &[log::keys::PROMPT],
            &[PALETTE],
            &[TYPING],
        ];
        for (one, other) in [commands, text]
            .iter()
            .flat_map(|kind| kind.iter().flat_map(|one| kind.iter().map(move |other| (one, other))))
        {
            for binding in one.iter().copied().flatten() {
                let there: Vec<Key> = other
                    .iter()
                    .copied()
                    .flatten()
                    .filter(|known| known.act == binding.act)
                    .flat_map(|known| known.keys)
                    .copied()
                    .collect();
                let here = one.iter().copied().flatten().filter(|known| known.act == binding.act);
                let shared = here.flat_map(|known| known.keys).any(|key| there.contains(key));
                assert!(there.is_empty() || shared, "{:?}: {:?} here, {there:?} there", binding.act, binding.keys);
            }
        }
    }
}
