/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory whose faults go to a descriptor. Each function returns 0 (or what it
 * made) or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_UFFD_H
#define SELFTESTS_IOMMU_LIB_UFFD_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/userfaultfd.h>

struct call;

int uffd_watch(void *p, size_t length, __u64 mode);
int uffd_protect(int uffd, void *p, size_t length, bool protect);
int uffd_provide(int uffd, void *to, const void *from, size_t length);
int uffd_next_fault(int uffd, struct uffd_msg *msg);
int uffd_wait(int uffd, const struct call *call, struct uffd_msg *msg);
int uffd_answer_all(int uffd, const struct call *call,
		    int (*answer)(int uffd, const struct uffd_msg *msg,
				  void *data),
		    void *data);

#endif
