//! Rebuilds when a migration or a static file changes: both are compiled into the binary.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=static");
}
