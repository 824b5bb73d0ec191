/* SPDX-License-Identifier: GPL-2.0-only */
/* What debugfs shows of a context. */
#ifndef SELFTESTS_IOMMU_LIB_DUMP_H
#define SELFTESTS_IOMMU_LIB_DUMP_H

#include <stdbool.h>
#include <stddef.h>

#define DUMP_PATH 64

int dump_path(int fd, char *path);
char *dump_read_path(const char *path, size_t step);
char *dump_read(int fd);
bool dump_has(int fd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
