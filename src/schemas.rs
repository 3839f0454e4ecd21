//! The shapes of what `--json` prints, made from the types that print it; `tests/schemas` has them, so that a field that is
//! renamed or gone is seen in a review.

use crate::commands::logs::{Event, Said};
use schemars::{JsonSchema, schema_for};
use std::{env, fs, path::Path};

/// Compares a verb's shape with the file that has it. `PIPGLR_UPDATE_SCHEMAS=1 cargo test --lib schemas` writes the file.
fn assert_is_kept<T: JsonSchema>(verb: &str) {
    let schema = format!("{}\n", serde_json::to_string_pretty(&schema_for!(T)).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/schemas/{verb}.json"));
    if env::var_os("PIPGLR_UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, schema, "{}: PIPGLR_UPDATE_SCHEMAS=1 cargo test --lib schemas writes it", path.display());
}

#[test]
fn what_json_has_is_what_the_schemas_say() {
    assert_is_kept::<crate::commands::boot::Shown>("boot-show");
    assert_is_kept::<Vec<crate::preflight::Check>>("check");
    assert_is_kept::<Vec<crate::config::lint::Finding>>("config-lint");
    assert_is_kept::<Vec<crate::doctor::Finding>>("doctor");
    assert_is_kept::<Vec<crate::container::jobs::Job>>("jobs");
    assert_is_kept::<Said>("logs");
    assert_is_kept::<Event>("logs-event");
    assert_is_kept::<Vec<crate::commands::runner::Row>>("runner-list");
    assert_is_kept::<crate::commands::setup::Outcome>("setup");
    assert_is_kept::<crate::status::Status>("status");
    assert_is_kept::<crate::commands::update::Outcome>("update");
    assert_is_kept::<Vec<crate::canary::Finding>>("verify");
    assert_is_kept::<crate::volumes::Held>("volumes-show");
}
