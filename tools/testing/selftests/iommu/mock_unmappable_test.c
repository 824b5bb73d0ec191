// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses that a device cannot have, between memory that it can: EFAULT, and
 * nothing is pinned, mapped or paid for.
 */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "memory_fixture.h"

/* More than what is pinned at once */
#define PART MEM_2M

/* Replace what is at @at. Return 0 or a negative errno. */
static int replace(void *at, int prot, int flags, int file)
{
	void *p = mmap(at, PART, prot, flags | MAP_FIXED, file, 0);
	int rc = p == MAP_FAILED ? -errno : 0;

	if (file >= 0)
		close(file);
	return rc;
}

static int make_executable(void *at)
{
	return replace(at, PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1);
}

static int make_short_file(void *at)
{
	int file = mem_file(PART / 2);

	return file < 0 ? file :
	       replace(at, PROT_READ | PROT_WRITE, MAP_SHARED, file);
}

static int make_secret(void *at)
{
	int file = syscall(__NR_memfd_secret, 0);
	int rc;

	if (file < 0)
		return -errno;
	rc = ftruncate(file, PART) ? -errno : 0;
	if (!rc)
		return replace(at, PROT_READ | PROT_WRITE, MAP_SHARED, file);
	close(file);
	return rc;
}

FIXTURE_VARIANT(memory)
{
	int (*make)(void *at);
};

FIXTURE_VARIANT_ADD(memory, only_executable)
{
	.make = make_executable,
};

FIXTURE_VARIANT_ADD(memory, behind_the_end_of_a_file)
{
	.make = make_short_file,
};

FIXTURE_VARIANT_ADD(memory, secret)
{
	.make = make_secret,
};

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(open_all(self, 3 * PART));
	ASSERT_OK(variant->make(self->memory + PART));
	ASSERT_OK(limit_pages(self->length / self->page));
}

/* It was as if nothing had been asked for */
static int check_unchanged(struct _test_data_memory *self)
{
	int rc = check_refs(self, 0, PART, 0);

	if (!rc)
		rc = check_account(self, 0);
	if (!rc && fdinfo_value(self->fd, "areas"))
		rc = -EEXIST;
	/* The IOVAs are free, and the limit is all there still */
	if (!rc)
		rc = map_part(self, 0, PART, IOMMU_MAP_RW);
	return rc ? rc : unmap_all(self);
}

TEST_F(memory, range_that_ends_there_is_EFAULT)
{
	EXPECT_ERR(EFAULT, map_part(self, 0, 2 * PART, IOMMU_MAP_RW));
	EXPECT_OK(check_unchanged(self));
	EXPECT_ERR(EFAULT, map_part(self, 0, 2 * PART, READABLE));
	EXPECT_OK(check_unchanged(self));
}

TEST_F(memory, range_across_it_is_EFAULT)
{
	EXPECT_ERR(EFAULT, map_all(self, IOMMU_MAP_RW));
	EXPECT_OK(check_unchanged(self));
	EXPECT_ERR(EFAULT, map_all(self, READABLE));
	EXPECT_OK(check_unchanged(self));
}

TEST_F(memory, attach_to_a_space_that_has_it_is_EFAULT)
{
	struct mock_device dev;
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(iommu_map_at(self->fd, other, self->memory, PART, IOVA,
			       IOMMU_MAP_RW));
	ASSERT_OK(iommu_map_at(self->fd, other, self->memory + PART, 2 * PART,
			       OTHER, READABLE));
	EXPECT_ERR(EFAULT, mock_attach(self->fd, other, &dev));
	EXPECT_ERR(EFAULT, mock_replace(self->fd, self->dev.stdev, other,
					NULL));
	ASSERT_OK(iommu_unmap_all(self->fd, other));
	EXPECT_OK(check_unchanged(self));
}

TEST_HARNESS_MAIN
