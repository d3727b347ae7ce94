//! The themes inside the program, file by file.

/// Puts files of `themes/` into the program, each under its path there.
macro_rules! embed {
    ($($path:literal),* $(,)?) => { &[$(($path, include_bytes!(concat!("../../themes/", $path)))),*] };
}

/// Every file of every theme: path below `themes/` and bytes.
pub(super) const FILES: &[(&str, &[u8])] = embed![
    "default/assets/compact.css",
    "default/assets/embed.css",
    "default/assets/live.js",
    "default/assets/logo.css",
    "default/assets/rtl.css",
    "default/assets/state-dg.png",
    "default/assets/state-ma.png",
    "default/assets/state-mt.png",
    "default/assets/state-no.png",
    "default/assets/state-ok.png",
    "default/assets/state-pa.png",
    "default/assets/style.css",
    "default/templates/404.html",
    "default/templates/base.html",
    "default/templates/components.html",
    "default/templates/embed.html",
    "default/templates/history.html",
    "default/templates/icons.html",
    "default/templates/incident.html",
    "default/templates/index.html",
    "default/templates/maintenance.html",
    "default/templates/month.html",
    "default/templates/service.html",
    "default/templates/uptime.html",
    "default/theme.toml",
    "default/words/ar.toml",
    "default/words/de.toml",
    "default/words/en.toml",
    "default/words/es.toml",
    "default/words/fr.toml",
    "default/words/ja.toml",
    "default/words/pt-BR.toml",
    "plain/assets/embed.css",
    "plain/assets/style.css",
    "plain/templates/404.html",
    "plain/templates/base.html",
    "plain/templates/components.html",
    "plain/templates/embed.html",
    "plain/templates/history.html",
    "plain/templates/incident.html",
    "plain/templates/index.html",
    "plain/templates/maintenance.html",
    "plain/templates/month.html",
    "plain/templates/service.html",
    "plain/templates/uptime.html",
    "plain/theme.toml",
    "tailwind/assets/embed.css",
    "tailwind/assets/style.css",
    "tailwind/templates/404.html",
    "tailwind/templates/base.html",
    "tailwind/templates/components.html",
    "tailwind/templates/embed.html",
    "tailwind/templates/history.html",
    "tailwind/templates/icons.html",
    "tailwind/templates/incident.html",
    "tailwind/templates/index.html",
    "tailwind/templates/maintenance.html",
    "tailwind/templates/month.html",
    "tailwind/templates/service.html",
    "tailwind/templates/uptime.html",
    "tailwind/theme.toml",
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn collect(folder: &Path, below: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{below}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                collect(&entry.path(), &format!("{path}/"), found);
            } else {
                found.push(path);
            }
        }
    }

    #[test]
    fn no_file_of_a_theme_is_forgotten() {
        let mut found = Vec::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("themes"), "", &mut found);
        // What the project's front page shows of a theme, and what its pictures and style sheets are made from, is no part of it.
        found.retain(|path| !path.ends_with("/preview.png") && !path.contains("/source/"));
        found.sort();
        let embedded: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        assert_eq!(found, embedded);
    }
}
