# npg_embed(TARGET FILE NAME): the text of FILE as npg::data::NAME, a string_view made when the project is built.
function(npg_embed target file name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} NPG_EMBED_TEXT)
  set(NPG_EMBED_NAME ${name})
  configure_file(${CMAKE_SOURCE_DIR}/cmake/embed.cpp.in ${CMAKE_BINARY_DIR}/embedded/${name}.cpp @ONLY)
  # Longer than the standard promises of a literal; both compilers take it.
  set_source_files_properties(${CMAKE_BINARY_DIR}/embedded/${name}.cpp PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
  target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/embedded/${name}.cpp)
endfunction()

# npg_embed_all(TARGET PATTERN NAME): the texts of all files that the pattern names, one behind the other by name.
function(npg_embed_all target pattern name)
  file(GLOB files CONFIGURE_DEPENDS ${pattern})
  list(SORT files)
  set(text "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} one)
    string(APPEND text "${one}\n")
  endforeach()
  file(WRITE ${CMAKE_BINARY_DIR}/embedded/${name}.txt "${text}")
  npg_embed(${target} ${CMAKE_BINARY_DIR}/embedded/${name}.txt ${name})
endfunction()
