from tests.conversations.test_alarms import *  # noqa
from tests.conversations.test_alarms import kinds
async def test_x(world, anna):
    await world.customer("C1")
    await world.link("C1", anna)
    g=world.telegram.groups[AGENT_CHAT]
    g.set_bot_rights(can_manage_topics=False)
    anna.say("/agent")
    await anna.hears("")
    await world.app.catch_up()
    assert await kinds(world) == [("group_unusable", "no_rights")]
    g.set_bot_rights(can_manage_topics=True)
    world.app.desk._not_before.clear(); world.app.desk._topics_after=0
    world.clock.move(timedelta(minutes=2))
    await world.app.catch_up()
    assert await kinds(world) == []
