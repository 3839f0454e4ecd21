//! The screen without a host: keys in, model and effects out; and every screen drawn, as it was last agreed on.
//!
//! The pictures are `tests/screens/NAME-COLUMNSxROWS.txt`, and `assets/pictures/NAME.svg` for the README;
//! `PIPGLR_UPDATE_SCREENS=1 cargo test --test screens` writes
//! them anew.

#[path = "screens/doctor.rs"]
mod doctor;
#[path = "screens/editing.rs"]
mod editing;
#[path = "screens/editor.rs"]
mod editor;
#[path = "screens/every.rs"]
mod every;
#[path = "screens/given.rs"]
mod given;
#[path = "screens/home.rs"]
mod home;
#[path = "screens/keys.rs"]
mod keys;
#[path = "screens/log.rs"]
mod log;
#[path = "screens/pictures.rs"]
mod pictures;
#[path = "screens/svg.rs"]
mod svg;
#[path = "screens/unsaved.rs"]
mod unsaved;
#[path = "screens/updates.rs"]
mod updates;
#[path = "screens/way_back.rs"]
mod way_back;
