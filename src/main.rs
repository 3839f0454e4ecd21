//! pipglr: arguments in, exit code out.

use pipglr::cli;
use pipglr::commands::output::{complain_problem, unwritten};
use pipglr::problem::Exit;
use pipglr::{crash, tui};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

fn main() -> ExitCode {
    // First: what clap says of a wrong argument has the argument in it.
    if let Err(problem) = cli::refuse_tokens(std::env::args_os(), |name| std::env::var_os(name)) {
        complain_problem(&problem);
        return ExitCode::from(problem.exit() as u8);
    }
    let cli = cli::read(); // wrong usage ends here, with 2
    crash::guard(tui::give_back);
    let exit = match catch_unwind(AssertUnwindSafe(|| cli::run(cli))) {
        Ok(Ok(exit @ (Exit::Done | Exit::Found))) => unwritten().map_or(exit, |problem| {
            complain_problem(&problem);
            problem.exit()
        }),
        Ok(Ok(exit)) => exit,
        Ok(Err(problem)) => {
            complain_problem(&problem);
            problem.exit()
        }
        Err(_) => Exit::Failed, // the farewell says it
    };
    for words in [tui::farewell(), crash::farewell()].into_iter().flatten() {
        let _ = writeln!(std::io::stderr(), "{words}");
    }
    ExitCode::from(exit as u8)
}
