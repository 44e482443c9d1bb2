# galatea_library(NAME SOURCES ... PUBLIC ... PRIVATE ... [TORCH])
#   One static library per folder. TORCH: its own sources see torch/torch.h through the shared
#   precompiled header; torch is never passed on to those who link the library's headers.
function(galatea_library name)
    cmake_parse_arguments(ARG "TORCH;QT" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE galatea_settings ${ARG_PRIVATE})
    if(ARG_TORCH)
        target_link_libraries(${name} PRIVATE galatea_torch)
        if(NOT GALATEA_SANITIZE)
            target_precompile_headers(${name} REUSE_FROM galatea_torch_header)
        endif()
    endif()
    if(ARG_QT)
        set_target_properties(${name} PROPERTIES AUTOMOC ON AUTORCC ON)
        target_compile_definitions(${name} PUBLIC QT_NO_KEYWORDS)
        target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    endif()
endfunction()

# galatea_test(NAME SOURCES ... LIBS ... [DISPLAY] [LABELS ...] [TIMEOUT s])
#   One Qt Test program. DISPLAY: it opens real windows and runs under a virtual X server of its own.
function(galatea_test name)
    cmake_parse_arguments(ARG "DISPLAY;TORCH" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
    target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS
        GALATEA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" GALATEA_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE galatea_settings Qt6::Test ${ARG_LIBS})
    if(ARG_TORCH)
        target_link_libraries(${name} PRIVATE galatea_torch)
    endif()
    if(TARGET galatea-decode-worker)
        add_dependencies(${name} galatea-decode-worker) # galatea_io starts it
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    if(ARG_DISPLAY)
        add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/support/with_display.sh $<TARGET_FILE:${name}>)
    else()
        add_test(NAME ${name} COMMAND ${name})
    endif()
    # Qt Test has a watchdog of its own per test function; ctest's limit is the one that counts. Several tests run
    # beside each other: threads that wait by spinning would take the cores from those that work.
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
        ENVIRONMENT "QTEST_FUNCTION_TIMEOUT=${ARG_TIMEOUT}000;OMP_WAIT_POLICY=passive"
        SKIP_REGULAR_EXPRESSION "^ALL SKIPPED")
endfunction()
