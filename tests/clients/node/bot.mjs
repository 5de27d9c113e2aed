// A bot on stock discord.js, unmodified but for the base URL. It does what a person tells it in chat and prints, one JSON line a
// step, what the library showed it. The person is crates/guildhall/tests/it/stock.rs.

import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  ChannelType,
  CheckboxBuilder,
  CheckboxGroupBuilder,
  Client,
  ContainerBuilder,
  FileBuilder,
  FileUploadBuilder,
  GatewayIntentBits as Intent,
  LabelBuilder,
  MediaGalleryBuilder,
  MessageFlags,
  ModalBuilder,
  Partials,
  RadioGroupBuilder,
  SectionBuilder,
  SeparatorBuilder,
  StringSelectMenuBuilder,
  TextDisplayBuilder,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";

const { API_URL, CDN_URL, BOT_TOKEN } = process.env;
const say = (step, saw = {}) => console.log(JSON.stringify({ step, saw }));
const fail = (step, error) => {
  console.log(JSON.stringify({ step, error: String(error?.stack ?? error) }));
  process.exit(1);
};
process.on("unhandledRejection", (error) => fail("unhandled", error));

const client = new Client({
  intents: [
    Intent.Guilds,
    Intent.GuildMembers,
    Intent.GuildMessages,
    Intent.GuildMessageReactions,
    Intent.MessageContent,
    Intent.AutoModerationExecution,
    Intent.GuildMessagePolls,
    Intent.GuildScheduledEvents,
  ],
  partials: [Partials.Message, Partials.Reaction],
  rest: { api: API_URL, cdn: CDN_URL },
});

const named = (member) => member.roles.cache.filter((role) => role.id !== role.guild.id).map((role) => role.name);
const person = (user) => ({ id: user.id, username: user.username, bot: user.bot });

const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const label = (text) => new LabelBuilder().setLabel(text);
const options = (...values) => values.map((value) => ({ label: value, value }));

// A form with one field of each kind.
const survey = () =>
  new ModalBuilder()
    .setCustomId("survey")
    .setTitle("Your order")
    .addLabelComponents(
      label("Dish").setStringSelectMenuComponent(
        new StringSelectMenuBuilder().setCustomId("dish").addOptions(options("soup", "bread")),
      ),
      label("Size").setRadioGroupComponent(new RadioGroupBuilder().setCustomId("size").addOptions(options("small", "large"))),
      label("Extras").setCheckboxGroupComponent(
        new CheckboxGroupBuilder().setCustomId("extras").setMaxValues(2).addOptions(options("salt", "pepper", "oil")),
      ),
      label("To go").setCheckboxComponent(new CheckboxBuilder().setCustomId("away")),
      label("Voucher").setFileUploadComponent(new FileUploadBuilder().setCustomId("voucher").setMaxValues(1)),
    );

const steps = {
  async reply(message) {
    const files = await Promise.all(
      message.attachments.map(async (file) => ({
        name: file.name,
        size: file.size,
        text: await (await fetch(file.url)).text(),
      })),
    );
    const answer = await message.reply({ content: `you said ${message.content}` });
    return {
      author: person(message.author),
      member: { roles: named(message.member), joined: message.member.joinedAt !== null },
      guild: message.guild.name,
      channel: message.channel.name,
      files,
      answer: { id: answer.id, to: answer.reference.messageId, mine: answer.author.id === client.user.id },
    };
  },
  async file(message) {
    const answer = await message.channel.send({
      content: "a file",
      files: [new AttachmentBuilder(Buffer.from("written by a bot"), { name: "note.txt", description: "a note" })],
    });
    const file = answer.attachments.first();
    return { name: file.name, size: file.size, description: file.description, text: await (await fetch(file.url)).text() };
  },
  async react(message) {
    const reaction = await message.react("👍");
    return { emoji: reaction.emoji.name, me: reaction.me };
  },
  async thread(message) {
    const thread = await message.startThread({ name: "aside", autoArchiveDuration: 60 });
    const inside = await thread.send("in the thread");
    return { name: thread.name, parent: thread.parentId, channel: inside.channelId, thread: thread.id, owner: thread.ownerId };
  },
  async role(message) {
    const role = await message.guild.roles.create({ name: "Smith", reason: "for größe" });
    const member = await message.guild.members.fetch(message.author.id);
    // What the call gives: the cache learns of it by an event, which may come later.
    const changed = await member.roles.add(role, "welcome ü");
    return { id: role.id, roles: named(changed) };
  },
  async automod(message) {
    const rule = await message.guild.autoModerationRules.create({
      name: "words",
      eventType: 1,
      triggerType: 1,
      triggerMetadata: { keywordFilter: ["forbidden*"] },
      actions: [{ type: 1, metadata: { customMessage: "Not here" } }],
      enabled: true,
    });
    return { id: rule.id, name: rule.name, words: rule.triggerMetadata.keywordFilter, creator: rule.creatorId };
  },
  async poll(message) {
    const asked = await message.channel.send({
      poll: {
        question: { text: "What for dinner?" },
        answers: [{ text: "Soup", emoji: "🍲" }, { text: "Bread" }],
        duration: 24,
        allowMultiselect: false,
      },
    });
    const { question, answers } = asked.poll;
    return { id: asked.id, question: question.text, answers: answers.map((answer) => answer.text) };
  },
  async forum(message) {
    const forum = await message.guild.channels.create({
      name: "help",
      type: ChannelType.GuildForum,
      availableTags: [{ name: "question" }],
    });
    const tag = forum.availableTags[0];
    const post = await forum.threads.create({ name: "Why?", message: { content: "a post" }, appliedTags: [tag.id] });
    const first = await post.fetchStarterMessage();
    return { forum: forum.id, parent: post.parentId, name: post.name, tag: tag.name, tagged: post.appliedTags.length, first: first.content };
  },
  async event(message) {
    const start = Date.now() + 3_600_000;
    const event = await message.guild.scheduledEvents.create({
      name: "Picnic",
      privacyLevel: 2,
      entityType: 3,
      scheduledStartTime: start,
      scheduledEndTime: start + 3_600_000,
      entityMetadata: { location: "by the river" },
    });
    return { id: event.id, name: event.name, status: event.status, place: event.entityMetadata.location, creator: event.creatorId };
  },
  async layout(message) {
    const box = new ContainerBuilder()
      .setAccentColor(0x336699)
      .addTextDisplayComponents(new TextDisplayBuilder().setContent("# Menu"))
      .addSectionComponents(
        new SectionBuilder()
          .addTextDisplayComponents(new TextDisplayBuilder().setContent("Soup of the day"))
          .setButtonAccessory(new ButtonBuilder().setCustomId("order").setLabel("Order").setStyle(ButtonStyle.Primary)),
      )
      .addSeparatorComponents(new SeparatorBuilder().setDivider(true).setSpacing(2))
      .addMediaGalleryComponents(
        new MediaGalleryBuilder().addItems({ media: { url: "attachment://soup.png" }, description: "soup" }),
      )
      .addFileComponents(new FileBuilder().setURL("attachment://card.txt"));
    const sent = await message.channel.send({
      flags: MessageFlags.IsComponentsV2,
      components: [box],
      files: [
        new AttachmentBuilder(PICTURE, { name: "soup.png" }),
        new AttachmentBuilder(Buffer.from("soup 3.50"), { name: "card.txt" }),
      ],
    });
    const again = await message.channel.messages.fetch({ message: sent.id, force: true });
    const [text, section, , gallery, file] = again.components[0].components;
    return {
      id: sent.id,
      kinds: again.components[0].components.map((component) => component.type),
      color: again.components[0].accentColor,
      texts: [text.content, section.components[0].content],
      picture: (await fetch(gallery.items[0].media.url)).status,
      description: gallery.items[0].description,
      file: await (await fetch(file.file.url)).text(),
    };
  },
  async fields() {
    const [field] = await client.application.editRoleConnectionMetadataRecords([
      { type: 2, key: "wins", name: "Wins", description: "Games won" },
    ]);
    return { key: field.key, type: field.type };
  },
  async edit(message) {
    const sent = await message.channel.send("first");
    const edited = await sent.edit("second");
    return { id: sent.id, content: edited.content, edited: edited.editedTimestamp !== null };
  },
  async delete(message) {
    const sent = await message.channel.send("short-lived");
    await sent.delete();
    const there = await message.channel.messages.fetch({ message: sent.id, force: true }).then(() => true, (error) => error.code);
    return { id: sent.id, there };
  },
};

client.on("messageCreate", async (message) => {
  if (message.author.bot || !message.content.startsWith("!")) return;
  const step = message.content.slice(1).split(" ")[0];
  try {
    say(step, await steps[step](message));
  } catch (error) {
    fail(step, error);
  }
});

client.on("messageReactionAdd", (reaction, user) => {
  if (user.id !== client.user.id) say("reaction", { emoji: reaction.emoji.name, user: user.id, message: reaction.message.id });
});

client.on("autoModerationActionExecution", (execution) =>
  say("blocked", {
    user: execution.userId,
    rule: execution.ruleId,
    action: execution.action.type,
    content: execution.content,
    keyword: execution.matchedKeyword,
    matched: execution.matchedContent,
  }),
);

client.on("guildScheduledEventUserAdd", (event, user) => say("interested", { event: event.id, user: user.id }));

client.on("guildScheduledEventUpdate", (before, now) => say("begun", { event: now.id, from: before.status, to: now.status }));

client.on("guildMemberUpdate", (before, now) => {
  const linked = (member) => member.roles.cache.some((role) => role.name === "Player" && role.tags?.guildConnections);
  if (linked(before) !== linked(now)) say("linked", { user: now.id, has: linked(now) });
});

client.on("messagePollVoteAdd", (answer, user) => say("vote", { answer: answer.id, user }));

client.on("interactionCreate", async (interaction) => {
  const seen = {
    user: person(interaction.user),
    guild: interaction.guild?.name,
    channel: interaction.channel?.name,
    roles: named(interaction.member),
  };
  try {
    if (interaction.isUserContextMenuCommand()) {
      await interaction.reply(`that is ${interaction.targetUser.username}`);
      say("on user", { ...seen, name: interaction.commandName, target: interaction.targetId });
    } else if (interaction.isMessageContextMenuCommand()) {
      await interaction.reply(`they said ${interaction.targetMessage.content}`);
      say("on message", { ...seen, name: interaction.commandName, target: interaction.targetId });
    } else if (interaction.isChatInputCommand() && interaction.commandName === "weigh") {
      const file = interaction.options.getAttachment("thing");
      await interaction.reply(`${file.name} weighs ${file.size} bytes`);
      say("weigh", { name: file.name, text: await (await fetch(file.url)).text() });
    } else if (interaction.isChatInputCommand()) {
      const button = new ButtonBuilder().setCustomId("more").setLabel("More").setStyle(ButtonStyle.Primary);
      await interaction.reply({
        content: `hello ${interaction.options.getString("name")}`,
        components: [new ActionRowBuilder().addComponents(button)],
      });
      say("command", { ...seen, name: interaction.commandName, option: interaction.options.getString("name") });
    } else if (interaction.isButton() && interaction.customId === "order") {
      await interaction.showModal(survey());
      say("order", { message: interaction.message.id });
    } else if (interaction.isModalSubmit() && interaction.customId === "survey") {
      const { fields } = interaction;
      const voucher = fields.getUploadedFiles("voucher").first();
      const saw = {
        dish: fields.getStringSelectValues("dish"),
        size: fields.getRadioGroup("size"),
        extras: fields.getCheckboxGroup("extras"),
        away: fields.getCheckbox("away"),
        voucher: { name: voucher.name, text: await (await fetch(voucher.url)).text() },
      };
      await interaction.reply({ content: `a ${saw.size} ${saw.dish}`, flags: MessageFlags.Ephemeral });
      say("survey", saw);
    } else if (interaction.isButton()) {
      const input = new TextInputBuilder().setCustomId("why").setLabel("Why?").setStyle(TextInputStyle.Short);
      const modal = new ModalBuilder().setCustomId("form").setTitle("A form");
      await interaction.showModal(modal.addComponents(new ActionRowBuilder().addComponents(input)));
      say("button", { ...seen, custom_id: interaction.customId, message: interaction.message.content });
    } else if (interaction.isModalSubmit()) {
      const value = interaction.fields.getTextInputValue("why");
      await interaction.reply(`because ${value}`);
      const answer = await interaction.fetchReply();
      await interaction.editReply(`truly because ${value}`);
      const second = await interaction.followUp("and more");
      await interaction.deleteReply();
      say("modal", { ...seen, custom_id: interaction.customId, value, answer: answer.id, follow_up: second.id });
    }
  } catch (error) {
    fail("interaction", error);
  }
});

client.once("clientReady", async () => {
  const guild = client.guilds.cache.first();
  await guild.commands.set([
    {
      name: "greet",
      description: "Says hello",
      options: [{ type: 3, name: "name", description: "To whom", required: true }],
    },
  ]);
  const members = await guild.members.fetch();
  say("ready", {
    id: client.user.id,
    guilds: client.guilds.cache.map((known) => known.name),
    channels: guild.channels.cache.map((channel) => channel.name).sort(),
    members: members.map((member) => member.user.username).sort(),
    owner: guild.ownerId,
    commands: guild.commands.cache.map((command) => command.name),
  });
});

client.on("error", (error) => fail("client", error));
client.login(BOT_TOKEN).catch((error) => fail("login", error));
