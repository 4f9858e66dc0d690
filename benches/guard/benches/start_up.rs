//! Instructions of the program's start under Callgrind; `run` beside this package starts it, and says in `MILLSTREAM`
//! where the program is.

use gungraun::prelude::*;

#[binary_benchmark]
#[bench::version("--version")]
#[bench::scenarios("scenarios")]
fn start_up(argument: &str) -> gungraun::Command {
    let program = std::env::var_os("MILLSTREAM").expect("`run` says where the program is");
    gungraun::Command::new(program).arg(argument).build()
}

binary_benchmark_group!(name = program, benchmarks = start_up);
main!(binary_benchmark_groups = program);
