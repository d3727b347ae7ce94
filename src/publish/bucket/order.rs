//! When a file's turn comes.

use crate::site::{Phase, SitePath};

/// Its place in the order of uploads: new files before replaced ones, the home page last.
pub(in crate::publish) fn turn(path: &SitePath, is_new: bool) -> (bool, Phase) {
    let phase = path.phase();
    (!is_new || phase == Phase::Index, phase)
}

/// Its place in the order of removals: a page before what it leads to.
pub(in crate::publish) fn removal_turn(path: &SitePath) -> u8 {
    match path.phase() {
        Phase::Index => 0,
        Phase::List => 1,
        Phase::LeafPage => 2,
        Phase::Data => 3,
        Phase::Asset => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_comes_first_and_the_home_page_last() {
        let mut paths =
            [("index.html", true), ("history/index.html", false), ("x.json", true), ("incidents/a/index.html", true), ("assets/a", false)]
                .map(|(path, is_new)| (SitePath::new(path).unwrap(), is_new));
        paths.sort_by_key(|(path, is_new)| turn(path, *is_new));
        let order = paths.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>();
        assert_eq!(order, ["incidents/a/index.html", "x.json", "assets/a", "history/index.html", "index.html"]);
    }
}
