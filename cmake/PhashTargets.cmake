# SPDX-License-Identifier: Apache-2.0
# What every target of this project is compiled with.

add_library(phash_flags INTERFACE)
target_compile_options(phash_flags INTERFACE
    -ffp-contract=off # hashes must not depend on fused multiply-add (docs/pdq.md)
    -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
    -Wvla -Wformat=2 -Wundef
    -Wno-missing-field-initializers) # the last fields of a phash_bitmap may be left out
if(PHASH_WERROR)
    target_compile_options(phash_flags INTERFACE -Werror)
endif()
if(PHASH_SANITIZE)
    target_compile_options(phash_flags INTERFACE
        -fsanitize=${PHASH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
    target_link_options(phash_flags INTERFACE -fsanitize=${PHASH_SANITIZE})
endif()
if(NOT PHASH_SIMD)
    target_compile_definitions(phash_flags INTERFACE PHASH_NO_SIMD)
endif()

# phash_library(<name> OBJECTS <object target>... PUBLIC <libraries> PRIVATE <libraries>)
# One library made of object targets. Internal tests link the object targets instead, so that hidden
# symbols can be reached without exporting them.
function(phash_library name)
    cmake_parse_arguments(ARG "" "" "OBJECTS;PUBLIC;PRIVATE" ${ARGN})
    add_library(${name})
    foreach(object IN LISTS ARG_OBJECTS)
        target_sources(${name} PRIVATE $<TARGET_OBJECTS:${object}>)
    endforeach()
    set_target_properties(${name} PROPERTIES
        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C)
    target_include_directories(${name} INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/libphash/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
    if(PHASH_SANITIZE)
        target_link_options(${name} PUBLIC -fsanitize=${PHASH_SANITIZE})
    endif()
    add_library(phash::${name} ALIAS ${name})
endfunction()

# phash_objects(<name> SOURCES <files> LIBRARIES <third-party libraries>)
function(phash_objects name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
    add_library(${name} OBJECT ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC
        ${PROJECT_SOURCE_DIR}/libphash ${PROJECT_SOURCE_DIR}/libphash/include)
    target_link_libraries(${name} PRIVATE phash_flags PUBLIC ${ARG_LIBRARIES})
endfunction()
