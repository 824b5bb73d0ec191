// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users in the kernel and maps of files need fails, one after the other:
 * ENOMEM, and all is as it was.
 */
#include "access_fixture.h"

#include <fcntl.h>

#include "lib/fault.h"

#define FILE_PAGES 4

static int map_file(struct _test_data_access *self, int file)
{
	return iommu_map_file_at(self->fd, self->ioas, file, 0,
				 FILE_PAGES * self->page, OTHER, IOMMU_MAP_RW);
}

TEST_F(access, making_a_user)
{
	struct fault_sweep sweep = {};
	int user;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	while (fault_next(&sweep)) {
		user = access_open(self->fd, self->ioas, PINS);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, user < 0 ? user : 0));
		if (user >= 0)
			close(user);
	}
	EXPECT_TRUE(fault_swept(&sweep));
	close(self->user);
	self->user = -1;
	/* Nobody is left who uses it */
	EXPECT_OK(iommu_destroy(self->fd, self->ioas));
}

TEST_F(access, pinning)
{
	struct fault_sweep sweep = {};
	size_t half = self->length / 2;
	__u32 id;
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	/* Of two mappings, in more than one step */
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, half, IOVA,
			       IOMMU_MAP_RW));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory + half, half,
			       IOVA + half, IOMMU_MAP_RW));
	while (fault_next(&sweep)) {
		rc = access_pin(self->fd, self->user, IOVA + self->page,
				self->length - self->page,
				self->memory + self->page, WRITE, &id);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (!rc)
			ASSERT_OK(unpin(self, id));
		ASSERT_OK(check_refs(self, 0, NPAGES, 0));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(access, reading_and_writing)
{
	struct fault_sweep sweep = {};
	char buffer[64] = {};
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	while (fault_next(&sweep)) {
		rc = access_rw(self->fd, self->user, IOVA + self->page - 32,
			       buffer, sizeof(buffer),
			       MOCK_ACCESS_RW_SLOW_PATH | MOCK_ACCESS_RW_WRITE);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		ASSERT_OK(check_refs(self, 0, NPAGES, 0));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(access, replacing)
{
	struct fault_sweep sweep = {};
	__u32 other;
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	while (fault_next(&sweep)) {
		rc = access_replace(self->fd, self->user, other);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		ASSERT_OK(access_replace(self->fd, self->user, self->ioas));
	}
	EXPECT_EQ(1, sweep.nth);
}

TEST_F(access, mapping_a_file_into_a_domain)
{
	struct fault_sweep sweep = {};
	struct mock_device dev;
	int file, rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	while (fault_next(&sweep)) {
		/* A new one each time, without any memory yet */
		fault_arm(0);
		file = mem_file(FILE_PAGES * self->page);
		ASSERT_LE(0, file);
		fault_arm(sweep.nth);
		rc = map_file(self, file);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (!rc)
			ASSERT_OK(iommu_unmap(self->fd, self->ioas, OTHER,
					      FILE_PAGES * self->page));
		ASSERT_ERR(ENOENT, iommu_unmap(self->fd, self->ioas, OTHER,
					       self->length));
		/* Which is refused while it is mapped, or pinned */
		ASSERT_EQ(0, fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
		close(file);
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(access, changing_the_process)
{
	struct fault_sweep sweep = {};
	int files[2] = {
		mem_file(FILE_PAGES * self->page),
		mem_file(FILE_PAGES * self->page),
	};
	struct mock_device dev;
	long pinned;
	int rc;

	ASSERT_LE(0, files[0]);
	ASSERT_LE(0, files[1]);
	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(limit_drop_cap(CAP_IPC_LOCK));
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_file(self, files[0]));
	ASSERT_OK(iommu_map_file_at(self->fd, self->ioas, files[1], 0,
				    self->page, IOVA, IOMMU_MAP_RW));
	pinned = mem_pinned_pages();
	EXPECT_LT(0, pinned);
	while (fault_next(&sweep)) {
		rc = iommu_change_process(self->fd);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		ASSERT_EQ(pinned, mem_pinned_pages());
	}
	EXPECT_TRUE(fault_swept(&sweep));
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	EXPECT_EQ(0, mem_pinned_pages());
	close(files[0]);
	close(files[1]);
}

TEST_HARNESS_MAIN
