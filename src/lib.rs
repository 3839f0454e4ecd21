//! pipglr: a GitLab runner in podman in podman, set up, edited and watched.
