// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma-bufs of device memory behind mappings, by an exporter that the kernel has
 * for tests: they are mapped like files, and gone when they are revoked.
 */
#include "mock_fixture.h"

#include <fcntl.h>

#include "container_fixture.h"
#include "lib/access.h"
#include "lib/loop.h"

#define BUF_PAGES 16
#define STEPS 64	/* more than the mock's pages in the dma-buf */

FIXTURE(dma_buf)
{
	int fd;
	__u32 ioas;
	struct mock_device dev;
	size_t page;
	size_t length;
	int buf;
};

FIXTURE_SETUP(dma_buf)
{
	self->page = mem_page_size();
	self->length = BUF_PAGES * self->page;
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->ioas));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &self->dev));
	self->buf = mock_dma_buf(self->fd, self->length, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->buf);
}

FIXTURE_TEARDOWN(dma_buf)
{
	close(self->buf);
	close(self->fd);
	EXPECT_OK(mock_reset());
}

static int map_buf(struct _test_data_dma_buf *self, __u64 iova)
{
	return iommu_map_file_at(self->fd, self->ioas, self->buf, 0,
				 self->length, iova, IOMMU_MAP_RW);
}

/* Where a page of the table leads; 0 is nowhere */
static __u64 phys_at(struct _test_data_dma_buf *self, __u32 hwpt, __u64 iova)
{
	__u64 phys[STEPS] = {};

	if (mock_get_phys(self->fd, hwpt, iova, self->page, phys))
		return ~0ULL;
	return phys[0];
}

static int take_away(struct _test_data_dma_buf *self)
{
	return mock_revoke(self->fd, self->buf, true);
}

TEST_F(dma_buf, memory_is_mapped_in_one_piece)
{
	__u64 first;
	int i;

	ASSERT_OK(map_buf(self, IOVA));
	first = phys_at(self, self->dev.hwpt, IOVA);
	EXPECT_NE(0, first);
	for (i = 1; i < BUF_PAGES; i++)
		EXPECT_EQ(first + i * self->page,
			  phys_at(self, self->dev.hwpt,
				  IOVA + i * self->page));
	EXPECT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
	EXPECT_EQ(0, phys_at(self, self->dev.hwpt, IOVA));
}

TEST_F(dma_buf, part_of_it_can_be_mapped)
{
	const __u64 far = IOVA + 2 * self->length;

	ASSERT_OK(map_buf(self, IOVA));
	ASSERT_OK(iommu_map_file_at(self->fd, self->ioas, self->buf,
				    3 * self->page, 2 * self->page, far,
				    IOMMU_MAP_RW));
	EXPECT_EQ(phys_at(self, self->dev.hwpt, IOVA + 3 * self->page),
		  phys_at(self, self->dev.hwpt, far));
	EXPECT_EQ(0, phys_at(self, self->dev.hwpt, far + 2 * self->page));
}

TEST_F(dma_buf, revoked_memory_leaves_every_table_at_once)
{
	const __u64 far = IOVA + 2 * self->length;
	struct mock_device other;
	__u32 ioas;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &ioas));
	ASSERT_OK(mock_attach(self->fd, ioas, &other));
	ASSERT_OK(map_buf(self, IOVA));
	ASSERT_OK(iommu_copy_at(self->fd, ioas, IOVA, self->ioas, IOVA,
				self->length, IOMMU_MAP_RW));
	ASSERT_OK(iommu_copy_at(self->fd, self->ioas, far, self->ioas,
				IOVA + self->page, self->page, IOMMU_MAP_RW));
	EXPECT_NE(0, phys_at(self, other.hwpt, IOVA));
	EXPECT_NE(0, phys_at(self, self->dev.hwpt, far));

	ASSERT_OK(take_away(self));
	EXPECT_EQ(0, phys_at(self, self->dev.hwpt, IOVA));
	EXPECT_EQ(0, phys_at(self, self->dev.hwpt,
			     IOVA + self->length - self->page));
	EXPECT_EQ(0, phys_at(self, self->dev.hwpt, far));
	EXPECT_EQ(0, phys_at(self, other.hwpt, IOVA));
}

TEST_F(dma_buf, revoked_mapping_keeps_its_addresses_until_it_is_unmapped)
{
	__u64 unmapped;

	ASSERT_OK(map_buf(self, IOVA));
	ASSERT_OK(take_away(self));
	ASSERT_OK(mock_revoke(self->fd, self->buf, false));
	EXPECT_ERR(EEXIST, map_buf(self, IOVA));
	EXPECT_OK(iommu_unmap_count(self->fd, self->ioas, IOVA, self->length,
				    &unmapped));
	EXPECT_EQ(self->length, unmapped);
}

TEST_F(dma_buf, mapping_does_not_come_back)
{
	ASSERT_OK(map_buf(self, IOVA));
	ASSERT_OK(take_away(self));
	EXPECT_ERR(ENODEV, map_buf(self, IOVA + 2 * self->length));
	ASSERT_OK(mock_revoke(self->fd, self->buf, false));
	EXPECT_EQ(0, phys_at(self, self->dev.hwpt, IOVA));
	ASSERT_OK(map_buf(self, IOVA + 2 * self->length));
	EXPECT_NE(0, phys_at(self, self->dev.hwpt, IOVA + 2 * self->length));
	EXPECT_EQ(0, phys_at(self, self->dev.hwpt, IOVA));
}

TEST_F(dma_buf, device_that_is_attached_later_sees_it_unless_it_is_revoked)
{
	struct mock_device other;

	ASSERT_OK(iommu_destroy(self->fd, self->dev.stdev));
	ASSERT_OK(map_buf(self, IOVA));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &other));
	EXPECT_NE(0, phys_at(self, other.hwpt, IOVA));
	ASSERT_OK(iommu_destroy(self->fd, other.stdev));
	ASSERT_OK(take_away(self));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &other));
	EXPECT_EQ(0, phys_at(self, other.hwpt, IOVA));
}

TEST_F(dma_buf, mapping_holds_the_dma_buf)
{
	__u64 first;

	ASSERT_OK(map_buf(self, IOVA));
	first = phys_at(self, self->dev.hwpt, IOVA);
	close(self->buf);
	self->buf = -1;
	EXPECT_EQ(first, phys_at(self, self->dev.hwpt, IOVA));
	EXPECT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
}

TEST_F(dma_buf, revocation_after_the_context_is_gone_does_no_harm)
{
	int fd = iommu_open();

	ASSERT_LE(0, fd);
	ASSERT_OK(map_buf(self, IOVA));
	close(self->fd);
	self->fd = fd;
	EXPECT_OK(take_away(self));
}

TEST_F(dma_buf, range_beyond_its_end_is_EINVAL)
{
	EXPECT_ERR(EINVAL, iommu_map_file_at(self->fd, self->ioas, self->buf,
					     self->page, self->length, IOVA,
					     IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, iommu_map_file_at(self->fd, self->ioas, self->buf,
					     self->length, self->page, IOVA,
					     IOMMU_MAP_RW));
}

TEST_F(dma_buf, file_that_is_open_for_reading_is_not_written)
{
	int buf = mock_dma_buf(self->fd, self->length, O_RDONLY);

	ASSERT_LE(0, buf);
	EXPECT_ERR(EACCES, iommu_map_file_at(self->fd, self->ioas, buf, 0,
					     self->length, IOVA,
					     IOMMU_MAP_RW));
	EXPECT_OK(iommu_map_file_at(self->fd, self->ioas, buf, 0, self->length,
				    IOVA, IOMMU_IOAS_MAP_READABLE));
	EXPECT_ERR(EPERM, iommu_copy_at(self->fd, self->ioas,
					IOVA + self->length, self->ioas, IOVA,
					self->length, IOMMU_MAP_RW));
	close(buf);
}

TEST_F(dma_buf, file_that_is_open_for_writing_only_is_not_read)
{
	int buf = mock_dma_buf(self->fd, self->length, O_WRONLY);

	ASSERT_LE(0, buf);
	EXPECT_ERR(EACCES, iommu_map_file_at(self->fd, self->ioas, buf, 0,
					     self->length, IOVA,
					     IOMMU_IOAS_MAP_READABLE));
	EXPECT_ERR(EACCES, iommu_map_file_at(self->fd, self->ioas, buf, 0,
					     self->length, IOVA,
					     IOMMU_IOAS_MAP_WRITEABLE));
	close(buf);
}

TEST_F(dma_buf, nothing_is_pinned)
{
	long pinned = mem_pinned_pages();

	ASSERT_OK(map_buf(self, IOVA));
	EXPECT_EQ(pinned, mem_pinned_pages());
}

TEST_F(dma_buf, users_in_the_kernel_cannot_have_it)
{
	char bytes[8];
	int access;
	__u32 id;

	ASSERT_OK(map_buf(self, IOVA));
	access = access_open(self->fd, self->ioas,
			     MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES);
	ASSERT_LE(0, access);
	EXPECT_ERR(EINVAL, access_pin(self->fd, access, IOVA, self->page, bytes,
				      0, &id));
	EXPECT_ERR(EINVAL, access_rw(self->fd, access, IOVA, bytes,
				     sizeof(bytes), 0));
	close(access);
}

TEST_F(dma_buf, container_does_not_cut_it)
{
	__u64 unmapped;

	ASSERT_OK(iommu_destroy(self->fd, self->dev.stdev));
	ASSERT_OK(vfio_ioas(self->fd, IOMMU_VFIO_IOAS_SET, &self->ioas));
	ASSERT_OK(container_set_iommu(self->fd, VFIO_TYPE1_IOMMU));
	ASSERT_OK(map_buf(self, IOVA));
	EXPECT_ERR(EINVAL, container_unmap(self->fd, IOVA + self->page,
					   self->page, 0, &unmapped));
	EXPECT_OK(container_unmap(self->fd, IOVA, self->length, 0, &unmapped));
	EXPECT_EQ(self->length, unmapped);
}

TEST_F(dma_buf, small_pages_show_the_same)
{
	__u64 first;

	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES,
				   self->ioas, 0));
	ASSERT_OK(map_buf(self, IOVA));
	first = phys_at(self, self->dev.hwpt, IOVA);
	EXPECT_EQ(first + 5 * self->page,
		  phys_at(self, self->dev.hwpt, IOVA + 5 * self->page));
	EXPECT_OK(take_away(self));
	EXPECT_EQ(0, phys_at(self, self->dev.hwpt, IOVA + 5 * self->page));
}

static int revoke_and_give_back(void *data)
{
	struct _test_data_dma_buf *self = data;

	return take_away(self) ?: mock_revoke(self->fd, self->buf, false);
}

static int attach_and_detach(void *data)
{
	struct _test_data_dma_buf *self = data;
	struct mock_device dev;

	return mock_attach(self->fd, self->ioas, &dev) ?:
	       iommu_destroy(self->fd, dev.stdev);
}

TEST_F(dma_buf, revocation_at_any_moment_leaves_nothing_mapped)
{
	struct loop revoking, attaching;
	int i, rc;

	ASSERT_OK(loop_start(&revoking, revoke_and_give_back, self));
	ASSERT_OK(loop_start(&attaching, attach_and_detach, self));
	for (i = 0; i < 300; i++) {
		rc = map_buf(self, IOVA);
		EXPECT_TRUE(!rc || rc == -ENODEV) {
			TH_LOG("map: %d", rc);
		}
		rc = iommu_unmap(self->fd, self->ioas, IOVA, self->length);
		EXPECT_TRUE(!rc || rc == -ENOENT) {
			TH_LOG("unmap: %d", rc);
		}
		EXPECT_EQ(0, phys_at(self, self->dev.hwpt, IOVA));
	}
	EXPECT_OK(loop_stop(&revoking));
	EXPECT_OK(loop_stop(&attaching));
	ASSERT_OK(map_buf(self, IOVA));
	ASSERT_OK(take_away(self));
	EXPECT_EQ(0, phys_at(self, self->dev.hwpt, IOVA));
}

TEST_HARNESS_MAIN
