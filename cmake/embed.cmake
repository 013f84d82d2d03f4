# npg_embed(TARGET FILE NAME): the text of FILE as npg::data::NAME, a string_view made when the project is built.
function(npg_embed target file name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} NPG_EMBED_TEXT)
  set(NPG_EMBED_NAME ${name})
  configure_file(${CMAKE_SOURCE_DIR}/cmake/embed.cpp.in ${CMAKE_BINARY_DIR}/embedded/${name}.cpp @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/embedded/${name}.cpp)
endfunction()
