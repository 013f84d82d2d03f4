// npguard: argv in, exit code out. Everything else is in app/.
#include "programs/cli/commands.hpp"

int main(int argc, char** argv) {
  return npg::cli::run(argc, argv);
}
