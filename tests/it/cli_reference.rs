//! `docs/cli.md` holds the help of every command.

use std::fs;

use clap::{Command, CommandFactory as _};
use playlist_fit::cli::Cli;

const HEAD: &str = "\
# Commands and flags

Generated from the program's help. Update it with `UPDATE_DOCS=1 cargo test --test it cli_reference`.
";

#[test]
fn the_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md");
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut page = HEAD.to_owned();
    add_command(&mut root, "playlist-fit", &mut page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(path).unwrap_or_default() == page,
        "{path} is out of date; run `UPDATE_DOCS=1 cargo test --test it cli_reference` and commit it"
    );
}

fn add_command(command: &mut Command, name: &str, page: &mut String) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.trim().lines().map(str::trim_end).collect();
    *page += &format!("\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n"));
    for subcommand in command.get_subcommands_mut() {
        let name = format!("{name} {}", subcommand.get_name());
        if subcommand.get_name() != "help" && !subcommand.is_hide_set() {
            add_command(subcommand, &name, page);
        }
    }
}
