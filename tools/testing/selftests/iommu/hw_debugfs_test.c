// SPDX-License-Identifier: GPL-2.0-only
/*
 * What debugfs shows of devices, and of the memory that they can reach.
 */
#include "hw_dma_fixture.h"
#include "lib/dump.h"
#include "lib/loop.h"

#define ROUNDS 20

TEST_F(dma, device_is_shown_from_bind_to_unbind)
{
	EXPECT_TRUE(dump_has(self->hw.iommufd, "device %u: %s group %d blocked",
			     self->hw.vfio.dev_id, self->hw.pci.name,
			     self->hw.pci.group));
	vfio_close(&self->hw.vfio);
	EXPECT_FALSE(dump_has(self->hw.iommufd, "device"));
}

TEST_F(dma, claim_is_shown_with_its_members)
{
	__u32 pt_id = self->hw.ioas_id;

	EXPECT_TRUE(dump_has(self->hw.iommufd,
			     "claim group %d: domain blocked policy parked\n",
			     self->hw.pci.group));
	EXPECT_TRUE(dump_has(self->hw.iommufd,
			     "  member %s: bound device %u driver vfio-pci\n",
			     self->hw.pci.name, self->hw.vfio.dev_id));
	ASSERT_OK(vfio_attach_pt(&self->hw.vfio, &pt_id));
	EXPECT_TRUE(dump_has(self->hw.iommufd,
			     "claim group %d: domain hwpt %u policy parked\n",
			     self->hw.pci.group, pt_id));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
}

TEST_F(dma, page_table_is_shown_while_the_device_is_attached)
{
	__u32 pt_id = self->hw.ioas_id;

	ASSERT_OK(vfio_attach_pt(&self->hw.vfio, &pt_id));
	EXPECT_TRUE(dump_has(self->hw.iommufd, "hwpt %u: ioas %u page sizes 0x",
			     pt_id, self->hw.ioas_id));
	EXPECT_TRUE(dump_has(self->hw.iommufd, "group %d hwpt %u\n",
			     self->hw.pci.group, pt_id));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_FALSE(dump_has(self->hw.iommufd, "hwpt"));
}

TEST_F(dma, areas_are_pinned_while_the_device_is_attached)
{
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_FALSE(dump_has(self->hw.iommufd, "pinned"));
	ASSERT_OK(attach(self));
	EXPECT_TRUE(dump_has(self->hw.iommufd,
			     "area %#llx-%#llx rw va %#lx live pinned\n", IOVA,
			     IOVA + self->page - 1, (unsigned long)self->src));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_FALSE(dump_has(self->hw.iommufd, "pinned"));
}

TEST_F(dma, reserved_ranges_are_shown_while_the_device_is_attached)
{
	EXPECT_FALSE(dump_has(self->hw.iommufd, "reserved"));
	ASSERT_OK(attach(self));
	EXPECT_TRUE(dump_has(self->hw.iommufd, "  reserved 0x"));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_FALSE(dump_has(self->hw.iommufd, "reserved"));
}

static int read_dump(void *iommufd)
{
	char *text = dump_read(*(int *)iommufd);

	free(text);
	return text ? 0 : -EIO;
}

TEST_F(dma, device_comes_and_goes_while_it_is_read)
{
	struct loop reader;
	int i;

	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(loop_start(&reader, read_dump, &self->hw.iommufd));
	for (i = 0; i < ROUNDS; i++) {
		EXPECT_OK(attach(self));
		EXPECT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
		EXPECT_OK(unmap(self, FAR_AWAY));
		EXPECT_OK(vfio_detach(&self->hw.vfio));
	}
	vfio_close(&self->hw.vfio);
	EXPECT_OK(loop_stop(&reader));
	EXPECT_LT(0, reader.rounds);
}

TEST_HARNESS_MAIN
