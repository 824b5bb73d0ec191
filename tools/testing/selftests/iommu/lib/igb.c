// SPDX-License-Identifier: GPL-2.0-only
/* Register names and bits are those of the Intel 82576EB datasheet. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "igb.h"

#define BIT(nr) (1U << (nr))

#define CTRL		0x00000
#define  CTRL_FD	BIT(0)
#define  CTRL_SLU	BIT(6)
#define  CTRL_RST	BIT(26)
#define STATUS		0x00008
#define  STATUS_LU	BIT(1)
#define MDIC		0x00020
#define  MDIC_REG(r)	((__u32)(r) << 16)
#define  MDIC_PHY	BIT(21)
#define  MDIC_WRITE	BIT(26)
#define  MDIC_READY	BIT(28)
#define RCTL		0x00100
#define  RCTL_EN	BIT(1)
#define  RCTL_UPE	BIT(3)
#define  RCTL_MPE	BIT(4)
#define  RCTL_LPE	BIT(5)
#define  RCTL_BAM	BIT(15)
#define  RCTL_SECRC	BIT(26)
#define TCTL		0x00400
#define  TCTL_EN	BIT(1)
#define  TCTL_PSP	BIT(3)
#define GPIE		0x01514
#define  GPIE_MSIX	BIT(4)
#define EIMS		0x01524
#define EIMC		0x01528
#define IVAR0		0x01700
#define  IVAR_VALID	BIT(7)
#define RLPML		0x05004
#define RX_RING		0x0c000
#define TX_RING		0x0e000
#define  RING_BAL	0x00
#define  RING_BAH	0x04
#define  RING_LEN	0x08
#define  RING_SRRCTL	0x0c
#define   SRRCTL_KIB(n)	(n)
#define   SRRCTL_ONE_BUFFER BIT(25)
#define  RING_HEAD	0x10
#define  RING_TAIL	0x18
#define  RING_DCTL	0x28
#define   DCTL_ENABLE	BIT(25)

#define PHY_CONTROL	0
#define  PHY_LOOPBACK	BIT(14)
#define  PHY_AUTONEG	BIT(12)
#define  PHY_RESTART	BIT(9)

#define TX_EOP		BIT(24)
#define TX_IFCS		BIT(25)
#define TX_RS		BIT(27)
#define TX_DEXT		BIT(29)
#define TX_DATA		(BIT(20) | BIT(21))
#define TX_PAYLEN(n)	((__u32)(n) << 14)
#define DESC_DONE	BIT(0)

#define RING_ENTRIES	32
#define TX_PIECE	4096
#define LINK_SECONDS	20
#define FRAME_SECONDS	3

/* An advanced descriptor: an address, and what either ring makes of the rest */
struct igb_desc {
	volatile __u64 addr;
	volatile __u32 word2;	/* tx: command, length; rx: status back */
	volatile __u32 word3;	/* tx: payload length, status back */
};

static_assert(2 * RING_ENTRIES * sizeof(struct igb_desc) <= IGB_RING_BYTES,
	      "both rings fit");

static __u32 read32(struct igb *igb, __u32 reg)
{
	return *(volatile __u32 *)(igb->regs + reg);
}

static void write32(struct igb *igb, __u32 reg, __u32 value)
{
	*(volatile __u32 *)(igb->regs + reg) = value;
}

/* Poll a register, -ETIMEDOUT when the bits do not come up */
static int wait_bits(struct igb *igb, __u32 reg, __u32 bits, int seconds)
{
	time_t deadline = time(NULL) + seconds;

	while (!(read32(igb, reg) & bits)) {
		if (time(NULL) > deadline)
			return -ETIMEDOUT;
		usleep(5000);
	}
	return 0;
}

static int phy_write(struct igb *igb, __u32 reg, __u16 value)
{
	write32(igb, MDIC, MDIC_WRITE | MDIC_PHY | MDIC_REG(reg) | value);
	return wait_bits(igb, MDIC, MDIC_READY, 1);
}

static int link_up(struct igb *igb)
{
	int rc;

	write32(igb, CTRL, read32(igb, CTRL) | CTRL_SLU | CTRL_FD);
	rc = phy_write(igb, PHY_CONTROL, PHY_LOOPBACK | PHY_AUTONEG |
		       PHY_RESTART);
	if (rc)
		return rc;
	return wait_bits(igb, STATUS, STATUS_LU, LINK_SECONDS);
}

static void ring_up(struct igb *igb, __u32 base, __u64 iova)
{
	write32(igb, base + RING_BAL, iova);
	write32(igb, base + RING_BAH, iova >> 32);
	write32(igb, base + RING_LEN, RING_ENTRIES * sizeof(struct igb_desc));
	write32(igb, base + RING_HEAD, 0);
	write32(igb, base + RING_TAIL, 0);
	write32(igb, base + RING_DCTL, DCTL_ENABLE);
}

/**
 * igb_init - Reset the device, loop its PHY back and start both rings
 * @igb: filled
 * @dev: an igb, bound; its BAR 0 is mapped when it is not yet
 * @ring: a page for the descriptors
 * @ring_iova: the same page as the device sees it
 *
 * Return: 0 or a negative errno, -ETIMEDOUT when the link does not come up.
 */
int igb_init(struct igb *igb, struct vfio_dev *dev, void *ring,
	     __u64 ring_iova)
{
	int rc;

	rc = vfio_set_master(dev, true);
	if (rc)
		return rc;
	if (!dev->bar_size[0]) {
		rc = vfio_map_bar(dev, 0);
		if (rc)
			return rc;
	}
	memset(ring, 0, IGB_RING_BYTES);
	igb->regs = dev->bar[0];
	igb->tx = ring;
	igb->rx = igb->tx + RING_ENTRIES;
	igb->tx_tail = 0;
	igb->rx_tail = 0;

	write32(igb, CTRL, CTRL_RST);
	usleep(20000);
	write32(igb, EIMC, ~0u);
	rc = link_up(igb);
	if (rc)
		return rc;

	write32(igb, RLPML, IGB_FRAME_MAX);
	write32(igb, RX_RING + RING_SRRCTL,
		SRRCTL_ONE_BUFFER | SRRCTL_KIB(IGB_FRAME_MAX / 1024));
	ring_up(igb, RX_RING, ring_iova + RING_ENTRIES * sizeof(*igb->rx));
	ring_up(igb, TX_RING, ring_iova);
	write32(igb, RCTL, RCTL_EN | RCTL_UPE | RCTL_MPE | RCTL_LPE |
		RCTL_BAM | RCTL_SECRC);
	write32(igb, TCTL, TCTL_EN | TCTL_PSP);
	return 0;
}

/**
 * igb_frame_header - Make the first bytes of a buffer pass as a frame
 * @frame: at least 14 bytes
 */
void igb_frame_header(void *frame)
{
	/* To and from nobody, EtherType "local experiment" */
	static const __u8 header[14] = {
		0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x88, 0xb5,
	};

	memcpy(frame, header, sizeof(header));
}

static int wait_done(volatile __u32 *word)
{
	time_t deadline = time(NULL) + FRAME_SECONDS;

	while (!(*word & DESC_DONE)) {
		if (time(NULL) > deadline)
			return -ETIMEDOUT;
		usleep(1000);
	}
	__sync_synchronize();
	return 0;
}

/*
 * One descriptor for each page that the frame touches, since pages that are
 * neighbours as IOVAs are strangers as physical memory.
 */
static void queue_tx(struct igb *igb, __u64 iova, __u32 length)
{
	__u32 left = length;

	while (left) {
		struct igb_desc *tx = &igb->tx[igb->tx_tail];
		__u32 n = TX_PIECE - iova % TX_PIECE;

		if (n > left)
			n = left;
		tx->addr = iova;
		tx->word2 = TX_DATA | TX_DEXT | TX_RS | TX_IFCS | n |
			    (n == left ? TX_EOP : 0);
		tx->word3 = TX_PAYLEN(length);
		igb->tx_tail = (igb->tx_tail + 1) % RING_ENTRIES;
		iova += n;
		left -= n;
	}
}

/**
 * igb_copy - Send a frame from one place and receive it at another
 * @igb: initialized
 * @dst_iova: room for IGB_FRAME_MAX bytes
 * @src_iova: the frame, begun by igb_frame_header()
 * @length: IGB_FRAME_MIN to IGB_FRAME_MAX bytes
 *
 * Return: 0 when the device reports the frame as received, -ETIMEDOUT when it
 * was lost on the way.
 */
int igb_copy(struct igb *igb, __u64 dst_iova, __u64 src_iova, __u32 length)
{
	struct igb_desc *rx = &igb->rx[igb->rx_tail];

	rx->addr = dst_iova;
	rx->word2 = 0;
	rx->word3 = 0;
	igb->rx_tail = (igb->rx_tail + 1) % RING_ENTRIES;
	queue_tx(igb, src_iova, length);
	__sync_synchronize();
	write32(igb, RX_RING + RING_TAIL, igb->rx_tail);
	write32(igb, TX_RING + RING_TAIL, igb->tx_tail);

	return wait_done(&rx->word2);
}

/**
 * igb_irq_on - Let each received frame raise MSI-X vector 0
 * @igb: initialized, vector 0 enabled through VFIO
 */
int igb_irq_on(struct igb *igb)
{
	write32(igb, GPIE, GPIE_MSIX);
	write32(igb, IVAR0, IVAR_VALID | 0);
	write32(igb, EIMS, 1);
	return read32(igb, EIMS) & 1 ? 0 : -EIO;
}
