//! Generates the protocol of the scheduler.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(["metier/scheduler/v1/scheduler.proto"])?;
    tonic_prost_build::configure().compile_fds(compiler.file_descriptor_set())?;
    // For tools that ask a running service what it answers.
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin"),
        compiler.encode_file_descriptor_set(),
    )?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
