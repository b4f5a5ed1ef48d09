# The library NAME_records: the header NAME/records.hpp, typed accessors for the records that the system in `folder`
# declares (platform/plug/records). Made when something that links it is built, and again when a declaration changes.
function(civitas_records name folder)
  if(TARGET ${name}_records)
    return()
  endif()
  set(header ${CMAKE_BINARY_DIR}/generated/${name}/records.hpp)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.yaml ${folder}/terms/*.yaml)
  list(TRANSFORM files PREPEND ${folder}/ OUTPUT_VARIABLE paths)
  add_custom_command(OUTPUT ${header} COMMAND civitas_records ${name} ${header} ${files} WORKING_DIRECTORY ${folder}
                     DEPENDS civitas_records ${paths} COMMENT "Typed records of ${name}" VERBATIM)
  add_custom_target(${name}_records_header DEPENDS ${header})
  add_library(${name}_records INTERFACE)
  target_include_directories(${name}_records INTERFACE ${CMAKE_BINARY_DIR}/generated)
  add_dependencies(${name}_records ${name}_records_header)
endfunction()
