// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands of VFIO containers on /dev/iommu, without VFIO: which address
 * space they act on, and what they refuse.
 */
#include "mock_fixture.h"

#include <sys/mman.h>

#include "container_fixture.h"
#include "lib/loop.h"

TEST_F(mock, there_is_no_address_space_of_containers_at_first)
{
	char info[CONTAINER_INFO_SIZE];
	__u32 id = 0;

	EXPECT_ERR(ENODEV, vfio_ioas(self->fd, IOMMU_VFIO_IOAS_GET, &id));
	EXPECT_OK(vfio_ioas(self->fd, IOMMU_VFIO_IOAS_CLEAR, &id));
	EXPECT_ERR(ENODEV, container_set_iommu(self->fd, VFIO_TYPE1v2_IOMMU));
	EXPECT_ERR(ENODEV, map_all(self));
	EXPECT_ERR(ENODEV, unmap_pages(self, 0, NPAGES, NULL));
	EXPECT_ERR(ENODEV, container_info(self->fd, (void *)info,
					  sizeof(info)));
	EXPECT_ERR(ENODEV, container_extension(self->fd, VFIO_DMA_CC_IOMMU));
	EXPECT_ERR(ENODEV, container_dirty(self->fd,
					   VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	EXPECT_EQ(VFIO_API_VERSION,
		  container_ioctl(self->fd, VFIO_GET_API_VERSION, NULL));
	EXPECT_EQ(1, container_extension(self->fd, VFIO_TYPE1v2_IOMMU));
}

TEST_F(mock, address_space_of_containers_is_set_and_cleared)
{
	__u32 id = self->ioas, none = 0x7ffffff0;

	ASSERT_OK(vfio_ioas(self->fd, IOMMU_VFIO_IOAS_SET, &id));
	id = 0;
	ASSERT_OK(vfio_ioas(self->fd, IOMMU_VFIO_IOAS_GET, &id));
	EXPECT_EQ(self->ioas, id);
	EXPECT_ERR(ENOENT, vfio_ioas(self->fd, IOMMU_VFIO_IOAS_SET, &none));
	EXPECT_OK(map_all(self));
	EXPECT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
	ASSERT_OK(vfio_ioas(self->fd, IOMMU_VFIO_IOAS_CLEAR, &id));
	EXPECT_ERR(ENODEV, map_all(self));
}

TEST_F(mock, address_space_of_containers_can_be_destroyed)
{
	__u32 id = self->ioas;

	ASSERT_OK(become_container(self, VFIO_TYPE1v2_IOMMU));
	ASSERT_OK(map_all(self));
	ASSERT_OK(iommu_destroy(self->fd, self->ioas));
	EXPECT_ERR(ENODEV, vfio_ioas(self->fd, IOMMU_VFIO_IOAS_GET, &id));
	EXPECT_ERR(ENODEV, map_all(self));
}

TEST_F(mock, only_an_address_space_can_be_that_of_containers)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(ENOENT, vfio_ioas(self->fd, IOMMU_VFIO_IOAS_SET,
				     &dev.hwpt));
	EXPECT_ERR(ENOENT, vfio_ioas(self->fd, IOMMU_VFIO_IOAS_SET,
				     &dev.idev));
}

TEST_F(mock, unknown_operations_are_EOPNOTSUPP)
{
	struct iommu_vfio_ioas cmd = {
		.size = sizeof(cmd),
		.ioas_id = self->ioas,
		.op = 3,
	};

	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->fd, IOMMU_VFIO_IOAS, &cmd));
	cmd.op = IOMMU_VFIO_IOAS_SET;
	cmd.__reserved = 1;
	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->fd, IOMMU_VFIO_IOAS, &cmd));
}

TEST_F(mock, other_numbers_of_vfio_are_ENOTTY)
{
	char arg[256] = { sizeof(arg) - 1 };
	unsigned int nr;

	ASSERT_OK(become_container(self, VFIO_TYPE1v2_IOMMU));
	for (nr = VFIO_BASE; nr < 0x80; nr++) {
		switch (_IO(VFIO_TYPE, nr)) {
		case VFIO_GET_API_VERSION:
		case VFIO_CHECK_EXTENSION:
		case VFIO_SET_IOMMU:
		case VFIO_IOMMU_GET_INFO:
		case VFIO_IOMMU_MAP_DMA:
		case VFIO_IOMMU_UNMAP_DMA:
		case VFIO_IOMMU_DIRTY_PAGES:
			continue;
		}
		EXPECT_ERR(ENOTTY, container_ioctl(self->fd,
						   _IO(VFIO_TYPE, nr), arg)) {
			TH_LOG("number %#x", nr);
		}
	}
	EXPECT_ERR(ENOTTY, container_ioctl(self->fd,
					   _IOW(VFIO_TYPE, 0x71, int), arg));
}

TEST_F(mock, other_kinds_of_containers_are_refused)
{
	ASSERT_OK(become_container(self, VFIO_TYPE1v2_IOMMU));
	EXPECT_OK(container_set_iommu(self->fd, VFIO_TYPE1_IOMMU));
	EXPECT_OK(container_set_iommu(self->fd, VFIO_TYPE1v2_IOMMU));
	EXPECT_ERR(EINVAL, container_set_iommu(self->fd,
					       VFIO_TYPE1_NESTING_IOMMU));
	EXPECT_ERR(EINVAL, container_set_iommu(self->fd, VFIO_NOIOMMU_IOMMU));
	EXPECT_ERR(EINVAL, container_set_iommu(self->fd, 0));
	EXPECT_ERR(EINVAL, container_set_iommu(self->fd, ~0UL));
}

TEST_F(mock, structs_that_are_too_short_or_not_there_are_refused)
{
	static const unsigned long cmds[] = {
		VFIO_IOMMU_GET_INFO, VFIO_IOMMU_MAP_DMA,
		VFIO_IOMMU_UNMAP_DMA, VFIO_IOMMU_DIRTY_PAGES,
	};
	static const __u32 least[] = { 16, 32, 24, 8 };
	__u64 arg[32] = {};
	unsigned int i;

	ASSERT_OK(become_container(self, VFIO_TYPE1v2_IOMMU));
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		EXPECT_ERR(EFAULT, container_ioctl(self->fd, cmds[i], NULL));
		arg[0] = least[i] - 1;
		EXPECT_ERR(EINVAL, container_ioctl(self->fd, cmds[i], arg));
		arg[0] = 0;
		EXPECT_ERR(EINVAL, container_ioctl(self->fd, cmds[i], arg));
	}
}

TEST_F(mock, container_maps_into_page_tables)
{
	struct mock_device dev;
	__u64 unmapped;

	ASSERT_OK(become_container(self, VFIO_TYPE1v2_IOMMU));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_all(self));
	EXPECT_OK(check_memory(self, dev.hwpt, IOVA));
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 1));
	EXPECT_ERR(EINVAL, unmap_pages(self, 0, NPAGES / 2, &unmapped));
	EXPECT_OK(check_memory(self, dev.hwpt, IOVA));
	EXPECT_OK(unmap_pages(self, 0, NPAGES, &unmapped));
	EXPECT_EQ(self->length, unmapped);
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 0));
}

TEST_F(mock, answer_that_cannot_be_written_unmaps_nothing)
{
	struct vfio_iommu_type1_dma_unmap *unmap = mem_alloc(self->page);
	__u64 unmapped;

	ASSERT_NE(NULL, unmap);
	ASSERT_OK(become_container(self, VFIO_TYPE1v2_IOMMU));
	ASSERT_OK(map_all(self));
	unmap->argsz = sizeof(*unmap);
	unmap->iova = IOVA;
	unmap->size = self->length;
	ASSERT_EQ(0, mprotect(unmap, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, container_ioctl(self->fd, VFIO_IOMMU_UNMAP_DMA,
					   unmap));
	EXPECT_OK(unmap_pages(self, 0, NPAGES, &unmapped));
	EXPECT_EQ(self->length, unmapped);
	mem_free(unmap, self->page);
}

TEST_F(mock, version_is_chosen_before_hardware_shows_mappings)
{
	struct mock_device dev;

	ASSERT_OK(become_container(self, VFIO_TYPE1v2_IOMMU));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_all(self));
	EXPECT_ERR(EINVAL, container_set_iommu(self->fd, VFIO_TYPE1_IOMMU));
	EXPECT_OK(container_set_iommu(self->fd, VFIO_TYPE1v2_IOMMU));
	ASSERT_OK(unmap_pages(self, 0, NPAGES, NULL));
	EXPECT_OK(container_set_iommu(self->fd, VFIO_TYPE1_IOMMU));
}

TEST_F(mock, one_coherent_table_after_another)
{
	struct mock_device dev;

	ASSERT_OK(become_container(self, VFIO_TYPE1v2_IOMMU));
	EXPECT_EQ(1, container_extension(self->fd, VFIO_DMA_CC_IOMMU));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_LE(0, container_extension(self->fd, VFIO_DMA_CC_IOMMU));
}

static int map_and_unmap(void *data)
{
	struct _test_data_mock *self = data;
	int rc = map_all(self);

	if (rc && rc != -EEXIST)
		return rc;
	return unmap_pages(self, 0, NPAGES, NULL);
}

TEST_F(mock, nobody_sees_EBUSY)
{
	struct mock_device dev;
	struct loop loop;
	int i;

	ASSERT_OK(become_container(self, VFIO_TYPE1_IOMMU));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(loop_start(&loop, map_and_unmap, self));
	for (i = 0; i < 200; i++) {
		ASSERT_OK(map_and_unmap(self));
		ASSERT_OK(unmap_pages(self, i % NPAGES, 1, NULL));
		ASSERT_OK(container_unmap(self->fd, 0, 0,
					  VFIO_DMA_UNMAP_FLAG_ALL, NULL));
	}
	EXPECT_OK(loop_stop(&loop));
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 0));
}

TEST_F(mock, cutting_goes_on_while_another_thread_maps_there)
{
	struct loop loop;
	int i;

	ASSERT_OK(become_container(self, VFIO_TYPE1_IOMMU));
	ASSERT_OK(loop_start(&loop, map_and_unmap, self));
	for (i = 0; i < 4000; i++)
		ASSERT_OK(unmap_pages(self, 1 + i % (NPAGES - 2), 1, NULL));
	EXPECT_OK(loop_stop(&loop));
}

TEST_HARNESS_MAIN
