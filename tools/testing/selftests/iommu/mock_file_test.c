// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files with few rights, where they are really pinned: with a device.
 */
#include "mock_fixture.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "lib/limit.h"

#define READABLE IOMMU_IOAS_MAP_READABLE

static int map_file(struct _test_data_mock *self, int file, __u32 prot)
{
	return iommu_map_file_at(self->fd, self->ioas, file, 0, self->length,
				 IOVA, prot);
}

/* The device has what the file has */
static int check_file(struct _test_data_mock *self, __u32 hwpt, int file)
{
	void *seen = mmap(NULL, self->length, PROT_READ, MAP_SHARED, file, 0);
	int rc;

	if (seen == MAP_FAILED)
		return -errno;
	rc = mock_check_map(self->fd, hwpt, IOVA, seen, self->length);
	munmap(seen, self->length);
	return rc;
}

TEST_F(mock, file_reaches_a_device_that_is_attached)
{
	int file = mem_file(self->length);
	struct mock_device dev;

	ASSERT_LE(0, file);
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_file(self, file, IOMMU_MAP_RW));
	EXPECT_OK(check_file(self, dev.hwpt, file));
	close(file);
}

TEST_F(mock, sealed_file_reaches_a_device_for_reading_only)
{
	int file = mem_file(self->length);
	struct mock_device dev;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(EPERM, map_file(self, file, IOMMU_MAP_RW));
	ASSERT_OK(map_file(self, file, READABLE));
	EXPECT_OK(check_file(self, dev.hwpt, file));
	close(file);
}

TEST_F(mock, device_that_attaches_gets_a_sealed_file_for_reading)
{
	int file = mem_file(self->length);
	struct mock_device dev;

	ASSERT_LE(0, file);
	ASSERT_OK(map_file(self, file, READABLE));
	ASSERT_EQ(0, fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(check_file(self, dev.hwpt, file));
	close(file);
}

TEST_F(mock, file_opened_for_reading_reaches_a_device_for_reading_only)
{
	int file = mem_file(self->length), readonly;
	struct mock_device dev;
	char path[64];

	ASSERT_LE(0, file);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	readonly = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, readonly);
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(EACCES, map_file(self, readonly, IOMMU_MAP_RW));
	ASSERT_OK(map_file(self, readonly, READABLE));
	EXPECT_OK(check_file(self, dev.hwpt, file));
	close(readonly);
	close(file);
}

TEST_F(mock, file_over_the_limit_is_not_even_filled)
{
	int file = mem_file(self->length);
	struct mock_device dev;
	struct stat st;

	ASSERT_LE(0, file);
	ASSERT_OK(limit_drop_cap(CAP_IPC_LOCK));
	ASSERT_OK(limit_locked_memory(self->length - 1));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(ENOMEM, map_file(self, file, IOMMU_MAP_RW));
	ASSERT_EQ(0, fstat(file, &st));
	EXPECT_EQ(0, st.st_blocks);
	close(file);
}

TEST_HARNESS_MAIN
