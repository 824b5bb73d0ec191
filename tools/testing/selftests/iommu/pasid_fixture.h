/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set of PASIDs and cgroups whose processes pay for them: two that share a
 * parent. The test itself is in none of them.
 */
#ifndef SELFTESTS_IOMMU_PASID_FIXTURE_H
#define SELFTESTS_IOMMU_PASID_FIXTURE_H

#include "../kselftest_harness.h"

#include "lib/cgroup.h"
#include "lib/check.h"
#include "lib/pasid.h"

#define PARENT "pasid_test"
#define A PARENT "/a"
#define B PARENT "/b"
#define LIST_MAX 64

FIXTURE(pasid)
{
	int fd;
};

/* Of the program: why it cannot run where misc.capacity has this, or NULL */
static const char *unfit(int fd, long capacity);

static int remove_cgroups(void)
{
	cgroup_remove(A);
	cgroup_remove(B);
	return cgroup_remove(PARENT);
}

FIXTURE_SETUP(pasid)
{
	const char *reason;

	self->fd = pasid_open();
	if (self->fd == -ENOENT)
		SKIP_FROM_SETUP("no CONFIG_IOASID_TEST_FILE");
	ASSERT_LE(0, self->fd);
	ASSERT_OK(cgroup_mount());
	reason = unfit(self->fd, cgroup_read("", CGROUP_CAPACITY));
	if (reason)
		SKIP_FROM_SETUP("%s", reason);

	/* What a test left that died, with its charges */
	remove_cgroups();
	ASSERT_OK(cgroup_make(PARENT));
	ASSERT_OK(cgroup_pass_misc(PARENT));
	ASSERT_OK(cgroup_make(A));
	ASSERT_OK(cgroup_make(B));
}

FIXTURE_TEARDOWN(pasid)
{
	if (self->fd >= 0)
		close(self->fd);
	EXPECT_OK(remove_cgroups());
}

#endif
