//! The program `millstream`; all of it is in the library.

fn main() -> std::process::ExitCode {
    millstream::cli::main()
}
