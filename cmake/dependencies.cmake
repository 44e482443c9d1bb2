# Every outside library is found here, and nowhere else. Reasons for each: docs/architecture.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Torch REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(HDF5 REQUIRED COMPONENTS C)
pkg_check_modules(CFITSIO REQUIRED IMPORTED_TARGET cfitsio)

# LibTorch's own include folders and libraries, as one target, its headers outside our warnings.
add_library(galatea_torch INTERFACE)
target_include_directories(galatea_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(galatea_torch INTERFACE ${TORCH_LIBRARIES})

add_library(galatea_hdf5 INTERFACE)
target_include_directories(galatea_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(galatea_hdf5 INTERFACE ${HDF5_C_LIBRARIES})
target_compile_definitions(galatea_hdf5 INTERFACE ${HDF5_C_DEFINITIONS})

if(GALATEA_DESKTOP)
    find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Widgets OpenGL OpenGLWidgets)
    find_package(VTK 9.1 REQUIRED COMPONENTS CommonCore CommonDataModel RenderingCore RenderingOpenGL2
        InteractionStyle FiltersSources RenderingAnnotation RenderingFreeType)
    pkg_check_modules(IMGUI REQUIRED IMPORTED_TARGET imgui)
endif()
if(GALATEA_TESTS)
    find_package(Qt6 6.4 REQUIRED COMPONENTS Core Test)
endif()
