# SPDX-License-Identifier: Apache-2.0
# Helpers for the CMakeLists of the test folders.

# Where tests find things; passed to every test through its environment.
set(PHASH_TEST_ENVIRONMENT
    "PHASH_TEST_DATA=${PHASH_TEST_DATA}"
    "PHASH_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
    "PHASH_BINARY_DIR=${PROJECT_BINARY_DIR}"
    "CK_FORK=no")

# The objects a test of internals links: everything that is built.
set(PHASH_TEST_OBJECTS phash_util_objects phash_core_objects)
if(PHASH_CODEC)
    list(APPEND PHASH_TEST_OBJECTS phash_codec_objects)
endif()
if(PHASH_PRIVATE)
    list(APPEND PHASH_TEST_OBJECTS phash_private_objects)
endif()

# phash_test_program(<name> SOURCES <files> [LIBRARIES <libraries>])
# A program that may reach hidden symbols.
function(phash_test_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(${name} PRIVATE phash_flags ${PHASH_TEST_OBJECTS} Threads::Threads m ${ARG_LIBRARIES})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endfunction()

# phash_unit_room(<room> SUITES <names> [SOURCES <more files>])
# One program per room, one suite per source file, one CTest entry per suite. test_<name>.c defines
# `Suite *suite_<name>(void)`, whose suite is called "<room>/<name>".
function(phash_unit_room room)
    cmake_parse_arguments(ARG "" "" "SUITES;SOURCES" ${ARGN})
    set(declarations "")
    set(calls "")
    set(files ${ARG_SOURCES})
    foreach(suite IN LISTS ARG_SUITES)
        string(APPEND declarations "Suite *suite_${suite}(void);\n")
        string(APPEND calls "    suite_${suite},\n")
        list(APPEND files test_${suite}.c)
    endforeach()
    configure_file(${PROJECT_SOURCE_DIR}/tests/support/unit_main.c.in ${CMAKE_CURRENT_BINARY_DIR}/unit_main.c @ONLY)
    phash_test_program(unit_${room} SOURCES ${files} ${CMAKE_CURRENT_BINARY_DIR}/unit_main.c
        LIBRARIES phash_test_support PkgConfig::CHECK)
    foreach(suite IN LISTS ARG_SUITES)
        add_test(NAME unit.${room}.${suite} COMMAND unit_${room})
        set_tests_properties(unit.${room}.${suite} PROPERTIES
            LABELS unit SKIP_RETURN_CODE 77
            ENVIRONMENT "${PHASH_TEST_ENVIRONMENT};CK_RUN_SUITE=${room}/${suite}")
    endforeach()
endfunction()

# phash_plain_test(<name> <label> <command>...): exit 0 passes, 77 is SKIP.
function(phash_plain_test name label)
    add_test(NAME ${name} COMMAND ${ARGN})
    set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77
        ENVIRONMENT "${PHASH_TEST_ENVIRONMENT}")
endfunction()
