//! Which pages a build has to make, which it keeps, which files go. Pure.

use super::digest::Digest;
use super::manifest::Manifest;
use super::path::SitePath;

/// A page the site is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSpec {
    /// Where it goes.
    pub path: SitePath,
    /// Digest of everything it is made from.
    pub digest: Digest,
    /// Place of its section among those the site is to have; `None` where it is in no section.
    pub section: Option<usize>,
}

/// A section the site is to have: pages that the manifest lists in a file of their own, so that they can be kept unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionSpec {
    /// Letters, digits and dashes.
    pub name: String,
    /// What the manifest is to say of it, on one line.
    pub note: String,
    /// Its pages are not among those given, because none of them has changed.
    pub kept: bool,
}

/// What a build has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Positions of the pages to make, in the order they were given.
    pub write: Vec<usize>,
    /// Number of pages that stay as they are.
    pub keep: usize,
    /// Files to remove, in the order of paths.
    pub remove: Vec<SitePath>,
}

/// Compares the pages a site is to have with what the last build left. Each path may be given once; pages in the order of paths spare
/// sorting them.
pub fn plan(manifest: &Manifest, pages: &[PageSpec]) -> Plan {
    let mut plan = Plan::default();
    let mut known = manifest.pages().iter().peekable();
    for position in in_order(pages) {
        let page = &pages[position];
        while let Some((path, _)) = known.next_if(|(path, _)| *path < page.path) {
            plan.remove.push(path.clone());
        }
        match known.next_if(|(path, _)| *path == page.path) {
            Some((_, entry)) if entry.digest == Some(page.digest) => plan.keep += 1,
            _ => plan.write.push(position),
        }
    }
    plan.remove.extend(known.map(|(path, _)| path.clone()));
    plan.write.sort_unstable();
    plan
}

/// The positions of the pages in the order of their paths.
pub(super) fn in_order(pages: &[PageSpec]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pages.len()).collect();
    if !pages.is_sorted_by(|left, right| left.path <= right.path) {
        order.sort_by(|left, right| pages[*left].path.cmp(&pages[*right].path));
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::manifest::Entry;
    use super::*;

    fn digest(number: Option<u8>) -> Option<Digest> {
        number.map(|number| Digest::of(&[number]))
    }

    /// Few names and few digests, so that pages of both sides often meet.
    fn old() -> impl Strategy<Value = BTreeMap<String, Option<u8>>> {
        proptest::collection::btree_map("[a-d]{1,2}", proptest::option::of(0..3_u8), 0..12)
    }

    fn new() -> impl Strategy<Value = Vec<(String, u8)>> {
        proptest::collection::btree_map("[a-d]{1,2}", 0..3_u8, 0..12).prop_map(|pages| pages.into_iter().collect::<Vec<_>>()).prop_shuffle()
    }

    proptest! {
        #[test]
        fn following_the_plan_leads_to_exactly_the_pages(old in old(), new in new()) {
            let manifest = Manifest::of(old.iter().map(|(name, number)| {
                (SitePath::new(name).unwrap(), Entry { digest: digest(*number), content: None, length: 1 })
            }));
            let pages = new.iter().map(|(name, number)| PageSpec {
                path: SitePath::new(name).unwrap(),
                digest: Digest::of(&[*number]),
                section: None,
            }).collect::<Vec<_>>();
            let plan = plan(&manifest, &pages);

            prop_assert_eq!(plan.write.len() + plan.keep, pages.len());
            let wanted = pages.iter().map(|page| page.path.clone()).collect::<BTreeSet<_>>();
            let gone = manifest.pages().iter().map(|(path, _)| path.clone()).filter(|path| !wanted.contains(path)).collect::<Vec<_>>();
            prop_assert_eq!(&plan.remove, &gone);

            let mut result = manifest.pages().iter().map(|(path, entry)| (path.clone(), entry.digest)).collect::<BTreeMap<_, _>>();
            for path in &plan.remove {
                result.remove(path);
            }
            for position in &plan.write {
                result.insert(pages[*position].path.clone(), Some(pages[*position].digest));
            }
            let exactly = pages.iter().map(|page| (page.path.clone(), Some(page.digest))).collect::<BTreeMap<_, _>>();
            prop_assert_eq!(result, exactly);
        }
    }

    #[test]
    fn a_page_of_unknown_content_is_made_again() {
        let page = PageSpec { path: SitePath::new("a").unwrap(), digest: Digest::of(b"a"), section: None };
        let known = Manifest::of([(page.path.clone(), Entry { digest: Some(page.digest), content: None, length: 1 })]);
        assert_eq!(plan(&known, std::slice::from_ref(&page)), Plan { write: vec![], keep: 1, remove: vec![] });
        assert_eq!(plan(&known.without_digests(), &[page]), Plan { write: vec![0], keep: 0, remove: vec![] });
    }
}
