//! To the screen of a newer image, and what it is brought by.

use super::way::{come_from, show};
use crate::image_update::Source;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Operation, Purpose, Screen};

/// Shows it, and has both images looked into.
pub(crate) fn open_update(model: &mut Model) -> Vec<Effect> {
    model.from.clear();
    come_from(model, Screen::Home);
    (model.update, model.failure) = (None, None);
    show(model, Screen::Update);
    vec![Effect::ProposeUpdate { now: false }]
}

/// Has the image pulled or built.
pub(crate) fn fetch_image(model: &mut Model, source: Source) -> Vec<Effect> {
    model.operation = Some(Operation::new(Purpose::Fetch, None, model.now));
    show(model, Screen::Operation);
    vec![Effect::FetchImage(source)]
}
