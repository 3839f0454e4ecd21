//! What GitLab and gitlab-runner mean: kinds of tokens, URLs, and the words of a refusal.

mod place;
mod refusal;
mod register_line;
mod token;
mod url;

pub use place::{Named, named};
pub use refusal::{Refusal, explain, waits};
pub use register_line::{RegisterLine, goes_on, register_line};
pub use token::{TokenKind, check_token, check_tokens, check_user_token, kind_of, refuse_token, taken_for};
pub use url::{GITLAB_COM, base_url, path_of, taken_as, token_pages, where_it_is_had};
