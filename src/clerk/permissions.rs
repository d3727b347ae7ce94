//! The permissions in a session token of version 2, which packs them: names, and for each feature of the organization a number whose bits say
//! which of the names it has.

/// The permissions that `fea` (features with scopes), `per` (names) and `fpm` (a number per feature) grant. Junk grants nothing.
pub(super) fn unpacked(fea: &str, per: &str, fpm: &str) -> Vec<String> {
    let features = fea.split(',').filter_map(|feature| {
        let (scope, name) = feature.trim().split_once(':')?;
        matches!(scope, "o" | "ou" | "uo").then_some(name)
    });
    let names: Vec<&str> = per.split(',').map(str::trim).collect();
    let mut permissions = Vec::new();
    for (feature, number) in features.zip(fpm.split(',')) {
        // A number that is none, or beyond 128 names, grants nothing.
        let bits: u128 = number.trim().parse().unwrap_or(0);
        let granted = names.iter().zip(0_u32..128).filter(|(name, bit)| bits >> bit & 1 == 1 && !name.is_empty());
        permissions.extend(granted.map(|(name, _)| format!("org:{feature}:{name}")));
    }
    permissions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_belong_to_the_features_of_the_organization_in_order() {
        let unpack = |fea: &str, per: &str, fpm: &str| unpacked(fea, per, fpm).join(" ");
        assert_eq!(unpack("o:incidents,o:services", "manage,read", "3,2"), "org:incidents:manage org:incidents:read org:services:read");
        assert_eq!(unpack("u:mine,o:a,uo:b,ou:c", "x,y", "1,2,3"), "org:a:x org:b:y org:c:x org:c:y");
        assert_eq!(unpack(" o:a , o:b ", " x , y ", " 1 , 2 "), "org:a:x org:b:y");
    }

    #[test]
    fn junk_grants_nothing() {
        for (fea, per, fpm) in [
            ("", "", ""),
            ("o:a", "x", "-1"),
            ("o:a", "x", "one"),
            ("o:a", "x", "0"),
            ("o:a", "x", "2"),
            ("o:a", "", "1"),
            ("a", "x", "1"),
            ("u:a", "x", "1"),
            ("p:a,o", "x", "1,1"),
            ("o:a", "x", "340282366920938463463374607431768211457"),
            ("o:a", "x", "1.0"),
        ] {
            assert_eq!(unpacked(fea, per, fpm), Vec::<String>::new(), "{fea} {per} {fpm}");
        }
    }

    #[test]
    fn numbers_beyond_64_bits_are_exact() {
        let names: Vec<String> = (0..130).map(|name| format!("n{name}")).collect();
        let number = (1_u128 << 100 | 1 << 127).to_string();
        assert_eq!(unpacked("o:a", &names.join(","), &number), ["org:a:n100", "org:a:n127"]);
    }
}
