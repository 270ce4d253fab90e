// The first screen: the state on top, the queue below.

import { useSignalEffect } from "@preact/signals";
import { connection, readForecast, state } from "../../live/store";
import { Loading } from "../../ui";
import { QueueCard } from "../queue";
import { Timeline } from "../timeline";
import { BedCard } from "./bed";
import { NextCard } from "./next";
import { PrintingCard } from "./printing";
import { StateCard } from "./state-card";
import "./now.css";

export function Now() {
  const now = state.value;
  useSignalEffect(() => {
    if (connection.value.is === "online" && state.value !== null) void readForecast();
  });
  if (now === null) return connection.value.is === "missing" ? null : <Loading />;
  return (
    <div class="now">
      <StateCard now={now} />
      <div class="now-beside">
        <div class="now-side">
          <PrintingCard now={now} />
          <BedCard now={now} />
          <NextCard now={now} />
        </div>
      </div>
      <QueueCard now={now} />
      <Timeline />
    </div>
  );
}
