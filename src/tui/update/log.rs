//! The log screen.

use super::{back, show};
use crate::problem::Exit;
use crate::tui::input::TextField;
use crate::tui::keys::Act;
use crate::tui::logview::LogView;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crate::tui::view;

/// Opens it, at the end.
pub fn open(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::Log {
        model.from.push(model.screen);
    }
    model.log = LogView::default();
    show(model, Screen::Log);
    vec![Effect::FollowLog(model.wants.clone())]
}

/// A key on it.
pub fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let area = view::log_area(model.size);
    let (height, width) = (usize::from(area.height), usize::from(area.width));
    let page = height.saturating_sub(1).max(1) as isize;
    let log = &mut model.log;
    if let Some(typing) = log.typing.take() {
        if act == Act::Main {
            let text = typing.text().to_owned();
            (log.search, log.hit) = (text, None);
            if !log.search.is_empty() {
                log.find(true, height, width);
            }
        }
        return vec![];
    }
    match act {
        Act::Back => {
            if model.from.is_empty() {
                return vec![Effect::StopLog, Effect::Quit(Exit::Done)];
            }
            back(model);
            return vec![Effect::StopLog];
        }
        Act::Pause if log.follow => log.hold(height, width),
        Act::Pause | Act::Bottom => log.to_end(),
        Act::Up => log.scroll(-1, height, width),
        Act::Down => log.scroll(1, height, width),
        Act::PageUp => log.scroll(-page, height, width),
        Act::PageDown => log.scroll(page, height, width),
        Act::Top => log.to_start(),
        Act::Left => log.left = log.left.saturating_sub(20),
        Act::Right => log.left = (log.left + 20).min(100_000),
        Act::Wrap => (log.wrap, log.left) = (!log.wrap, 0),
        Act::Source(index) => {
            if let Some(shown) = log.sources.get_mut(index) {
                *shown ^= true;
            }
        }
        Act::Search => {
            log.notice.clear();
            log.typing = Some(TextField::default());
        }
        Act::NextHit if !log.search.is_empty() => log.find(false, height, width),
        Act::PreviousHit if !log.search.is_empty() => log.find(true, height, width),
        _ => {}
    }
    vec![]
}
