/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc/PID/fdinfo/FD tells of a context. */
#ifndef SELFTESTS_IOMMU_LIB_FDINFO_H
#define SELFTESTS_IOMMU_LIB_FDINFO_H

#include <stddef.h>
#include <sys/types.h>

int fdinfo_read(pid_t pid, int fd, char *text, size_t size);
long long fdinfo_value_of(pid_t pid, int fd, const char *key);
long long fdinfo_value(int fd, const char *key);
int fdinfo_word(int fd, const char *key, char *word, size_t size);

#endif
