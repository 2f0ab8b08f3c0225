#pragma once
#include <cstddef>
#include <cstdio>
#include <sys/statvfs.h>
#include <sys/types.h>

namespace layer {

/// The C library's own functions, below the layer.
struct Real {
    int (*open)(const char*, int, ...);
    int (*close)(int);
    int (*fclose)(FILE*);
    ssize_t (*write)(int, const void*, std::size_t);
    ssize_t (*pwrite)(int, const void*, std::size_t, off_t);
    ssize_t (*read)(int, void*, std::size_t);
    ssize_t (*pread)(int, void*, std::size_t, off_t);
    int (*fsync)(int);
    int (*ftruncate)(int, off_t);
    int (*fallocate)(int, int, off_t, off_t);
    int (*rename)(const char*, const char*);
    int (*unlink)(const char*);
    int (*link)(const char*, const char*);
    int (*statvfs)(const char*, struct statvfs*);
};

const Real& real();

} // namespace layer
