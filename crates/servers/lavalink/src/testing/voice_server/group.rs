//! What carries a channel's group (DAVE), as Discord's voice gateway does: it proposes who comes and who goes, takes the first good
//! commit of an epoch, and says when the new keys are used. It knows who is in the group, and none of its secrets.

use std::collections::{BTreeMap, BTreeSet};

use openmls::prelude::tls_codec::{DeserializeBytes as _, Serialize as _, VLBytes};
use openmls::prelude::{
    BasicCredential, Ciphersuite, Credential, ExternalProposal, ExternalSender, GroupId, KeyPackageIn, LeafNodeIndex,
    MlsMessageIn, MlsMessageOut, ProtocolVersion, SenderExtensionIndex,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::{OpenMlsRustCrypto, RustCrypto};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMP256_AES128GCM_SHA256_P256;

/// What is said to a member.
#[derive(Clone, Debug)]
pub(super) enum Say {
    Text(u8, Value),
    Bytes(u8, Vec<u8>),
}

/// To whom, and what.
pub(super) type Letters = Vec<(u64, Say)>;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Add(u64),
    Remove(u32),
}

struct Proposal {
    kind: Kind,
    reference: Vec<u8>,
    message: Vec<u8>,
}

/// A channel's group, as far as the server knows it.
pub(super) struct Group {
    channel: u64,
    signer: SignatureKeyPair,
    /// Who is connected, and whether a package of keys waits for a commit.
    members: BTreeMap<u64, Option<Vec<u8>>>,
    /// 0 while no group is established.
    epoch: u64,
    leaves: Vec<Option<u64>>,
    /// Proposals of this epoch that are not revoked.
    flying: Vec<Proposal>,
    transition: u16,
    /// Who has not said of a transition that it is ready.
    unready: BTreeMap<u16, BTreeSet<u64>>,
    /// Transitions of members that could not take a commit or welcome.
    refused: Vec<(u64, u16)>,
    last_commit: Vec<u8>,
}

impl Group {
    pub(super) fn new(channel: u64) -> Self {
        Self {
            channel,
            signer: SignatureKeyPair::new(SUITE.signature_algorithm()).unwrap(),
            members: BTreeMap::new(),
            epoch: 0,
            leaves: Vec::new(),
            flying: Vec::new(),
            transition: 0,
            unready: BTreeMap::new(),
            refused: Vec::new(),
            last_commit: Vec::new(),
        }
    }

    /// The epoch, and who is in the group at it.
    pub(super) fn state(&self) -> (u64, BTreeSet<u64>) {
        (self.epoch, self.leaves.iter().flatten().copied().collect())
    }

    /// Whether all have come to the newest keys.
    pub(super) fn settled(&self) -> bool {
        self.flying.is_empty() && self.unready.is_empty()
    }

    /// Who refused which transition.
    pub(super) fn refused(&self) -> Vec<(u64, u16)> {
        self.refused.clone()
    }

    /// Somebody is connected.
    pub(super) fn join(&mut self, user: u64) -> Letters {
        let others: Vec<u64> = self.members.keys().copied().filter(|other| *other != user).collect();
        let mut letters = self.to_others(user, 11, &json!({"user_ids": [user.to_string()]}));
        let names: Vec<String> = others.iter().map(u64::to_string).collect();
        letters.push((user, Say::Text(11, json!({"user_ids": names}))));
        let identity: Credential = BasicCredential::new(b"guildhall tests".to_vec()).into();
        let sender = ExternalSender::new(self.signer.public().into(), identity);
        letters.push((user, Say::Bytes(25, sender.tls_serialize_detached().unwrap())));
        self.members.insert(user, None);
        letters
    }

    /// Somebody is gone.
    pub(super) fn leave(&mut self, user: u64) -> Letters {
        if self.members.remove(&user).is_none() {
            return Letters::new();
        }
        let mut letters = self.to_others(user, 13, &json!({"user_id": user.to_string()}));
        letters.extend(self.unwait(user));
        letters.extend(self.revoke(user));
        let Some(leaf) = self.leaf(user) else { return letters };
        let staying: Vec<u64> = self.members.keys().copied().filter(|member| self.leaf(*member).is_some()).collect();
        if let [sole] = staying[..] {
            // Nobody keeps a group alone.
            (self.epoch, self.leaves) = (0, Vec::new());
            self.flying.clear();
            self.unready.clear();
            letters.push((sole, Say::Text(24, json!({"epoch": 1, "protocol_version": 1}))));
            letters.push((sole, Say::Text(21, json!({"transition_id": 0, "protocol_version": 1}))));
        } else if !self.flying.iter().any(|proposal| proposal.kind == Kind::Remove(leaf)) {
            letters.extend(self.propose(Kind::Remove(leaf)));
        }
        letters
    }

    /// A package of keys came.
    pub(super) fn package(&mut self, user: u64, bytes: &[u8]) -> Letters {
        let package = KeyPackageIn::tls_deserialize_exact_bytes(bytes).unwrap();
        let package = package.validate(&RustCrypto::default(), ProtocolVersion::Mls10).unwrap();
        assert_eq!(package.leaf_node().credential().serialized_content(), user.to_be_bytes(), "a package of its own");
        let mut letters = self.revoke(user);
        self.members.insert(user, Some(bytes.to_vec()));
        if self.epoch == 0 {
            let flying: Vec<u8> = self.flying.iter().flat_map(|proposal| proposal.message.clone()).collect();
            if !flying.is_empty() {
                letters.push((user, append(flying)));
            }
        } else if let Some(leaf) = self.leaf(user)
            && !self.flying.iter().any(|proposal| proposal.kind == Kind::Remove(leaf))
        {
            letters.extend(self.propose(Kind::Remove(leaf)));
        }
        letters.extend(self.propose(Kind::Add(user)));
        letters
    }

    /// A commit came, with the welcome of those it adds.
    pub(super) fn commit(&mut self, user: u64, bytes: &[u8]) -> Letters {
        let (_, welcome) = MlsMessageIn::tls_deserialize_bytes(bytes).unwrap();
        let commit = &bytes[..bytes.len() - welcome.len()];
        let Some(read) = Commit::read(commit) else { return Letters::new() };
        let owed: Vec<&Proposal> = self.flying.iter().filter(|one| one.kind != Kind::Add(user)).collect();
        let asked: BTreeSet<&[u8]> = owed.iter().map(|proposal| proposal.reference.as_slice()).collect();
        let given: BTreeSet<&[u8]> = read.references.iter().map(Vec::as_slice).collect();
        let leaf = if self.epoch == 0 { Some(0) } else { self.leaf(user) };
        if (read.channel, read.epoch, Some(read.leaf)) != (self.channel, self.epoch, leaf) || given != asked {
            // Of an epoch that is over, or from before a proposal came.
            return Letters::new();
        }
        if self.epoch == 0 {
            self.leaves = vec![Some(user)];
        }
        let kinds: Vec<Kind> = read
            .references
            .iter()
            .filter_map(|one| owed.iter().find(|proposal| proposal.reference == *one).map(|proposal| proposal.kind))
            .collect();
        for kind in &kinds {
            if let Kind::Remove(leaf) = kind {
                self.leaves[*leaf as usize] = None;
            }
        }
        let old = self.state().1;
        let mut added = BTreeSet::new();
        for kind in kinds {
            if let Kind::Add(user) = kind {
                added.insert(user);
                self.members.entry(user).and_modify(|package| *package = None);
                match self.leaves.iter_mut().find(|leaf| leaf.is_none()) {
                    Some(blank) => *blank = Some(user),
                    None => self.leaves.push(Some(user)),
                }
            }
        }
        assert_eq!(added.is_empty(), welcome.is_empty(), "who is added is welcomed");
        self.flying.clear();
        self.epoch += 1;
        self.transition += 1;
        self.last_commit = commit.to_vec();
        let id = self.transition.to_be_bytes();
        let mut letters = Letters::new();
        for member in old.iter().filter(|member| self.members.contains_key(member)) {
            letters.push((*member, Say::Bytes(29, [&id[..], commit].concat())));
        }
        for member in &added {
            letters.push((*member, Say::Bytes(30, [&id[..], welcome].concat())));
        }
        let waiting = letters.iter().map(|(member, _)| *member).collect();
        self.unready.insert(self.transition, waiting);
        letters
    }

    /// Somebody can use the keys of a transition.
    pub(super) fn ready(&mut self, user: u64, transition: u16) -> Letters {
        self.unready.get_mut(&transition).map(|waiting| waiting.remove(&user));
        self.execute()
    }

    /// Somebody could not take a commit or welcome, and has begun anew: out and in again.
    pub(super) fn invalid(&mut self, user: u64, transition: u16) -> Letters {
        self.refused.push((user, transition));
        let mut letters = self.unwait(user);
        if let Some(leaf) = self.leaf(user) {
            letters.extend(self.propose(Kind::Remove(leaf)));
        }
        letters
    }

    /// Everybody goes to another version: 0 is none. A client that speaks none would be the cause.
    pub(super) fn change(&mut self, version: u16) -> Letters {
        self.transition += 1;
        let all: Vec<u64> = self.members.keys().copied().collect();
        if version > 0 {
            let said = json!({"epoch": 1, "protocol_version": version, "transition_id": self.transition});
            return all.into_iter().map(|member| (member, Say::Text(24, said.clone()))).collect();
        }
        (self.epoch, self.leaves) = (0, Vec::new());
        self.flying.clear();
        self.unready.insert(self.transition, all.iter().copied().collect());
        let said = json!({"transition_id": self.transition, "protocol_version": 0});
        all.into_iter().map(|member| (member, Say::Text(21, said.clone()))).collect()
    }

    /// What nobody can take: the last commit once more (29), or a welcome that is none (30).
    pub(super) fn nonsense(&mut self, user: u64, op: u8) -> Letters {
        self.transition += 1;
        let id = self.transition.to_be_bytes();
        let message = if op == 29 { self.last_commit.clone() } else { vec![7; 90] };
        vec![(user, Say::Bytes(op, [&id[..], &message].concat()))]
    }

    fn leaf(&self, user: u64) -> Option<u32> {
        let at = self.leaves.iter().position(|leaf| *leaf == Some(user))?;
        u32::try_from(at).ok()
    }

    /// Whoever has a group that proposals can be put to.
    fn voters(&self) -> Vec<u64> {
        let flagged = |user: u64| {
            let leaf = self.leaf(user);
            self.flying.iter().any(|proposal| leaf.map(Kind::Remove) == Some(proposal.kind))
        };
        let votes = |user: u64, waits: bool| if self.epoch == 0 { waits } else { self.leaf(user).is_some() };
        let all = self.members.iter();
        all.filter(|(user, package)| votes(**user, package.is_some()) && !flagged(**user)).map(|one| *one.0).collect()
    }

    fn propose(&mut self, kind: Kind) -> Letters {
        let (group, epoch) = (GroupId::from_slice(&self.channel.to_be_bytes()), self.epoch.into());
        let sender = SenderExtensionIndex::new(0);
        let message: MlsMessageOut = match kind {
            Kind::Add(user) => {
                let Some(Some(package)) = self.members.get(&user) else { return Letters::new() };
                let package = KeyPackageIn::tls_deserialize_exact_bytes(package).unwrap();
                let package = package.validate(&RustCrypto::default(), ProtocolVersion::Mls10).unwrap();
                ExternalProposal::new_add::<OpenMlsRustCrypto>(package, group, epoch, &self.signer, sender).unwrap()
            }
            Kind::Remove(leaf) => {
                let leaf = LeafNodeIndex::new(leaf);
                ExternalProposal::new_remove::<OpenMlsRustCrypto>(leaf, group, epoch, &self.signer, sender).unwrap()
            }
        };
        let message = message.tls_serialize_detached().unwrap();
        // The reference is the hash of everything behind the version (RFC 9420, section 5.2).
        let label = VLBytes::new(b"MLS 1.0 Proposal Reference".to_vec()).tls_serialize_detached().unwrap();
        let content = VLBytes::new(message[2..].to_vec()).tls_serialize_detached().unwrap();
        let reference = Sha256::digest([label, content].concat()).to_vec();
        self.flying.push(Proposal { kind, reference, message: message.clone() });
        let said = append(message);
        let voters = self.voters().into_iter().filter(|user| kind != Kind::Add(*user));
        voters.map(|user| (user, said.clone())).collect()
    }

    /// Takes back that somebody is to be added.
    fn revoke(&mut self, user: u64) -> Letters {
        let Some(at) = self.flying.iter().position(|proposal| proposal.kind == Kind::Add(user)) else {
            return Letters::new();
        };
        let reference = VLBytes::new(self.flying.remove(at).reference).tls_serialize_detached().unwrap();
        let references = VLBytes::new(reference).tls_serialize_detached().unwrap();
        let said = Say::Bytes(27, [vec![1], references].concat());
        self.voters().into_iter().filter(|voter| *voter != user).map(|voter| (voter, said.clone())).collect()
    }

    /// Nobody waits for that member any more.
    fn unwait(&mut self, user: u64) -> Letters {
        self.unready.values_mut().for_each(|waiting| {
            waiting.remove(&user);
        });
        self.execute()
    }

    /// Has transitions executed for which all are ready.
    fn execute(&mut self) -> Letters {
        let done: Vec<u16> = self.unready.extract_if(.., |_, waiting| waiting.is_empty()).map(|one| one.0).collect();
        let mut letters = Letters::new();
        for transition in done {
            let said = Say::Text(22, json!({"transition_id": transition}));
            letters.extend(self.members.keys().map(|member| (*member, said.clone())));
        }
        letters
    }

    /// To all but one.
    pub(super) fn to_others(&self, user: u64, op: u8, d: &Value) -> Letters {
        let others = self.members.keys().filter(|other| **other != user);
        others.map(|other| (*other, Say::Text(op, d.clone()))).collect()
    }
}

fn append(messages: Vec<u8>) -> Say {
    Say::Bytes(27, [vec![0], VLBytes::new(messages).tls_serialize_detached().unwrap()].concat())
}

/// What can be read of a commit from outside (RFC 9420, section 6).
struct Commit {
    channel: u64,
    epoch: u64,
    leaf: u32,
    references: Vec<Vec<u8>>,
}

impl Commit {
    /// Of a public message by a member that holds nothing but references.
    fn read(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&[0, 1, 0, 1])?;
        let (group, rest) = VLBytes::tls_deserialize_bytes(rest).ok()?;
        let channel = u64::from_be_bytes(group.as_ref().try_into().ok()?);
        let (epoch, rest) = rest.split_first_chunk::<8>()?;
        let (leaf, rest) = rest.strip_prefix(&[1])?.split_first_chunk::<4>()?;
        let (_, rest) = VLBytes::tls_deserialize_bytes(rest).ok()?;
        let (proposals, _) = VLBytes::tls_deserialize_bytes(rest.strip_prefix(&[3])?).ok()?;
        let mut proposals = proposals.as_ref();
        let mut references = Vec::new();
        while !proposals.is_empty() {
            let (reference, rest) = VLBytes::tls_deserialize_bytes(proposals.strip_prefix(&[2])?).ok()?;
            references.push(reference.into());
            proposals = rest;
        }
        Some(Self { channel, epoch: u64::from_be_bytes(*epoch), leaf: u32::from_be_bytes(*leaf), references })
    }
}
