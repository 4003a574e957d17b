/** Testing, pausing, changing and deleting a webhook, and giving it another secret. */
import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { asProblem } from "../../api/problem";
import type { Tagged } from "../../api/tagged";
import type { Webhook } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { changeWebhook, deleteWebhook, testWebhook } from "./queries";
import { definitionOf } from "./reading";
import { ChangeWebhook, RotateSecret } from "./WebhookDialogs";

const words = text.webhooks;

export function WebhookActions({ webhook, onGone }: { webhook: Tagged<Webhook>; onGone: () => Promise<void> }) {
  const { value } = webhook;
  const navigate = useNavigate();
  const [open, setOpen] = useState<"change" | "rotate">();
  const missing = useMissing("webhooks:write");
  const { test, turn, remove } = useChanges(webhook, onGone);
  const name = shown(value.name, 80);
  const close = () => setOpen(undefined);
  return (
    <>
      <ActionButton label={words.test} icon="play" disabledWhy={missing ?? (value.enabled ? undefined : words.pausedWhy)} onClick={() => test.mutate()} />
      <ActionButton label={value.enabled ? words.pause : words.resume} icon={value.enabled ? "pause" : "play"} disabledWhy={missing} onClick={() => turn.mutate()} />
      <ActionButton label={words.change} disabledWhy={missing} onClick={() => setOpen("change")} />
      <ActionButton label={words.rotate} disabledWhy={missing} onClick={() => setOpen("rotate")} />
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(name)} announce={words.removing(name)} disabledWhy={missing} onConfirm={() => remove.mutate()}>{words.removeWhat}</ConfirmWithUndo>
      {open === "change" && <ChangeWebhook webhook={webhook} onChanged={(now) => navigate({ to: "/webhooks", search: { webhook: now.name } })} onClose={close} />}
      {open === "rotate" && <RotateSecret webhook={value} onClose={close} />}
    </>
  );
}

function useChanges({ value, tag }: Tagged<Webhook>, onGone: () => Promise<void>) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const name = shown(value.name, 80);
  const after = {
    onError: (problem: unknown) => void notify(shown(asProblem(problem).detail, 300), "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["webhooks"] }),
  };
  const test = useMutation({
    mutationFn: () => testWebhook(value.id),
    onSuccess: async (delivery) => {
      notify(words.tested);
      await navigate({ to: "/webhooks", search: { webhook: value.name, delivery: delivery.id } });
    },
    ...after,
  });
  const turn = useMutation({
    mutationFn: () => changeWebhook(value.id, tag, { ...definitionOf(value), enabled: !value.enabled }),
    onSuccess: (now) => notify(now.enabled ? words.resumedNow(name) : words.pausedNow(name)),
    ...after,
  });
  const remove = useMutation({
    // Out of sight first: the event that it is gone may come before the answer, and has what is in sight read anew.
    mutationFn: async () => {
      await onGone();
      await deleteWebhook(value.id, tag);
    },
    onSuccess: () => notify(words.removed(name)),
    onError: after.onError,
    onSettled: () => client.invalidateQueries({ queryKey: ["webhooks", "pages"] }),
  });
  return { test, turn, remove };
}
