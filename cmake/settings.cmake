# Language, warnings and output places, the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

find_program(GALATEA_CCACHE ccache)
if(GALATEA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Precompiled headers need ccache to look at their content rather than at their time stamps.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${GALATEA_CCACHE})
endif()

add_library(galatea_settings INTERFACE)
target_compile_options(galatea_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 wrongly sees overlapping copies in std::string's operator+ (its bug 105651).
    target_compile_options(galatea_settings INTERFACE -Wno-restrict)
endif()
if(GALATEA_WERROR)
    target_compile_options(galatea_settings INTERFACE -Werror)
endif()
if(GALATEA_SANITIZE)
    add_compile_options(-fsanitize=${GALATEA_SANITIZE} -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=${GALATEA_SANITIZE})
endif()
if(GALATEA_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
