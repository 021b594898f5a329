# SPDX-License-Identifier: Apache-2.0
# 64-bit Arm on another Linux, tests under emulation (Debian: gcc-aarch64-linux-gnu, qemu-user-static):
#
#   cmake -S . -B build/aarch64 -DCMAKE_TOOLCHAIN_FILE=cmake/toolchains/aarch64-linux-gnu.cmake \
#       -DPHASH_CODEC=OFF -DPHASH_PRIVATE=OFF -DPHASH_TOOLS=OFF -DPHASH_BENCH=OFF
#   cmake --build build/aarch64
#   ctest --test-dir build/aarch64 -L "kernels|vectors"

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# Not the build machine's libraries; the unit tests skip themselves when there is no check library for Arm.
set(ENV{PKG_CONFIG_LIBDIR} "/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/aarch64-linux-gnu/lib/pkgconfig")

find_program(PHASH_QEMU NAMES qemu-aarch64-static qemu-aarch64)
if(PHASH_QEMU AND NOT CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL "aarch64")
    set(CMAKE_CROSSCOMPILING_EMULATOR "${PHASH_QEMU};-L;/usr/aarch64-linux-gnu")
endif()
