// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "limit.h"
#include "memory.h"

/**
 * limit_locked_memory - Set RLIMIT_MEMLOCK, soft and hard
 * @bytes: the limit
 *
 * Return: 0 or a negative errno.
 */
int limit_locked_memory(size_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = bytes };

	return setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0;
}

/**
 * limit_drop_cap - Give up one capability for the rest of this process's life
 * @cap: CAP_*
 *
 * Return: 0 or a negative errno.
 */
int limit_drop_cap(int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(__NR_capget, &header, data))
		return -errno;
	data[CAP_TO_INDEX(cap)].effective &= ~CAP_TO_MASK(cap);
	data[CAP_TO_INDEX(cap)].permitted &= ~CAP_TO_MASK(cap);
	data[CAP_TO_INDEX(cap)].inheritable &= ~CAP_TO_MASK(cap);
	return syscall(__NR_capset, &header, data) ? -errno : 0;
}

/**
 * limit_pages - Let what is pinned from here on count, as it does for most
 * @npages: so many pages at most
 *
 * Gives CAP_IPC_LOCK up for good.
 *
 * Return: 0 or a negative errno.
 */
int limit_pages(size_t npages)
{
	int rc = limit_drop_cap(CAP_IPC_LOCK);

	return rc ? rc : limit_locked_memory(npages * mem_page_size());
}
