//! A change that ends early, by a failure, a kill or a broken store: nothing is lost, and the next run gets there.

use super::*;
use crate::support::all_steps;

/// How a run of pipglr ends early.
#[derive(Clone, Copy, Debug)]
enum End {
    /// This change fails, and pipglr says so.
    Fails,
    /// This change is done, and pipglr is killed.
    Dies,
    /// This change fails because pipglr is killed with it.
    Killed,
}

/// Every change of a change ends it once, in three ways. Nothing is lost, and the next run gets there: with the new
/// text, with the old one by `undo`, and by `setup`.
#[test]
fn wherever_it_ends_nothing_is_lost_and_the_next_run_gets_there() {
    let points = {
        let (host, setup) = machine();
        put(&setup, &config(5)).unwrap();
        host.machine().changes.len()
    };
    assert_eq!(points, 17);
    for (point, end) in (0..points).flat_map(|point| [End::Fails, End::Dies, End::Killed].map(|end| (point, end))) {
        for next in ["apply", "undo", "setup"] {
            let (host, setup) = machine();
            {
                let mut machine = host.machine();
                machine.fail_at = Some(point).filter(|_| !matches!(end, End::Dies));
                machine.die_at = Some(point).filter(|_| !matches!(end, End::Fails));
            }
            let first = put(&setup, &config(5));
            let after = format!("{end:?} at {point}, {}, then {next}", host.machine().changes[point]);
            // What is tried is tried twice.
            assert!(first.is_err() || [0, points - 1].contains(&point), "{after}: it went unnoticed");
            {
                let mut machine = host.machine();
                (machine.dead, machine.fail_at, machine.die_at) = (false, None, None);
            }
            assert!(can_be_had(&host, &config(1)), "{after}: the old text is lost");
            // Before the new text is written it is where it came from: the file or the editor.
            let written = host.machine().files.contains_key(Path::new(WORK)) || versions(&host).contains(&config(5));
            assert!(point < 4 || written, "{after}: the new text is lost");
            let standing = change::read_standing(&setup.target).unwrap();
            match next {
                "apply" => {
                    let text = standing.kept.map_or_else(|| config(5), |kept| kept.text.expose_str().to_owned());
                    put(&setup, &text).unwrap_or_else(|problem| panic!("{after}: {problem}"));
                    assert_at_work(&host, &config(5), &after);
                }
                "undo" => {
                    match undo(&setup) {
                        // Nothing had happened yet.
                        Err(problem) => {
                            assert!(problem.what.contains("no version before") && point < 4, "{after}: {problem}");
                            put(&setup, &config(1)).unwrap(); // the container that was tried is left
                        }
                        Ok(()) => put(&setup, &config(1)).unwrap(), // nothing more to do, but for a container
                    }
                    assert_at_work(&host, &config(1), &after);
                }
                _ => {
                    all_steps(&setup).unwrap_or_else(|problem| panic!("{after}: {problem}"));
                    let text = secret(&host);
                    assert!(text == config(5) || (point < 4 && text == config(1)), "{after}: {text}");
                    assert_at_work(&host, &text, &after);
                }
            }
        }
    }
}

#[test]
fn a_store_that_podman_broke_is_explained_and_made_again() {
    for next in ["apply", "apply, unlisted", "undo"] {
        let (host, setup) = machine();
        host.machine().store_breaks = true;
        put(&setup, &config(5)).unwrap_err();
        if next == "apply, unlisted" {
            host.machine().secrets.clear(); // a full disk: the old one was removed, and the new one never listed
            host.machine().lost.clear();
        }
        let standing = change::read_standing(&setup.target).unwrap();
        assert!(matches!(standing.held, Held::Lost { .. }), "{standing:?}");
        assert!(change::notice(&standing).unwrap().contains("has lost the content"));
        if next != "undo" {
            put(&setup, &config(5)).unwrap();
            assert_at_work(&host, &config(5), next);
        } else {
            undo(&setup).unwrap();
            assert_at_work(&host, &config(1), next);
        }
        assert!(host.machine().files.contains_key(Path::new(&format!("{STORE}.broken"))));
    }
}
