# Warnings as errors and hardening, for every target of the project.
set(NPG_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast
    -Wnon-virtual-dtor -Wimplicit-fallthrough -Werror
    # Members that a designated initialiser leaves out have their defaults; that is the house form.
    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND NPG_WARNINGS -Wduplicated-cond -Wlogical-op -Wnull-dereference)
else()
  # std::stable_sort of libstdc++ 12 uses a function that clang reports as deprecated; layout tables list
  # every field of a structure, read or not.
  list(APPEND NPG_WARNINGS -Wno-deprecated-declarations -Wno-unused-const-variable)
endif()
add_compile_options(${NPG_WARNINGS} -fstack-protector-strong)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # libstdc++ headers give false reports of these when -O2 inlines them.
  add_compile_options(-O2 -fstack-clash-protection -fcf-protection -Wno-null-dereference -Wno-restrict)
  add_compile_definitions(_FORTIFY_SOURCE=3)
  add_link_options(-pie -Wl,-z,relro,-z,now -Wl,--as-needed)
endif()
if(NPG_SANITIZE)
  add_compile_options(-fsanitize=${NPG_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${NPG_SANITIZE})
endif()
